import type { Identity } from '../identify/identity.js';
import { type Decision, granted, refused } from './decision.js';
import type { Permission } from '../permission.js';
import { AUTHENTICATED, checkedRequirement, isMet, missingFrom, type Requirement } from './requirement.js';

const HAS_PERMISSION = granted('PERMISSION_GRANTED', 'the identity has what is required');
const HAS_IDENTITY = granted('AUTHENTICATED', 'any identity is enough');
const NOBODY = refused('ERR_TOKEN_MISSING', 'nobody is authenticated');

/**
 * Says whether someone may do something. Inject it to ask, by hand, the question that the guard asks.
 *
 * @example if (!policy.permits(me, 'edit').allowed) hideTheButton();
 */
export class SecurityPolicy {
  /**
   * @param identity Who asks; `null` for an anonymous caller, who is never permitted anything.
   * @param requirement A permission, or a combination made by `anyOf()` and `allOf()`.
   * @param _resource What it is about. Permissions do not depend on it.
   * @throws {PolicyConfigurationError} when the requirement is empty or not a requirement.
   */
  permits(identity: Identity | null, requirement: Permission | Requirement, _resource?: unknown): Decision {
    const required = checkedRequirement(requirement, 'permits()');
    if (!identity) return NOBODY;
    if (required === AUTHENTICATED) return HAS_IDENTITY;
    if (isMet(identity.permissions, required)) return HAS_PERMISSION;
    const missing = missingFrom(identity.permissions, required);
    return refused(
      'ERR_PERMISSION_MISSING',
      `lacks ${missing.map((name) => JSON.stringify(name)).join(' and ')}`,
      missing,
    );
  }
}
