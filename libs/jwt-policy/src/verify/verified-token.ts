import type { Permission } from '../permission.js';
import { type ClaimNames, OWN_NAMES, permissionsIn } from './claim-names.js';
import { sharedPermissions } from './shared-permissions.js';
import type { JsonObject } from './strict-json.js';

/** A token whose signature and claims were checked. It does not hold the token's text. */
export class VerifiedToken {
  /** `jti`, or the claim that stands for it: the identifier of this one token. */
  readonly id: string;
  /** `sub`: whose token it is; of another issuer, with its prefix before it. */
  readonly subject: string;
  /** `permissions`, or what stands for them; empty when the token names none. */
  readonly permissions: readonly Permission[];
  /** `user_name`, or the claim that stands for it: for display. */
  readonly name?: string;
  /** Every claim as it was sent, in an object without a prototype. */
  readonly claims: Readonly<Record<string, unknown>>;

  /** @internal Only for claims that were checked by the same names. */
  constructor(checked: JsonObject, names: Required<ClaimNames> = OWN_NAMES, subjectPrefix = '') {
    const claims = checked as Record<string, unknown>;
    const permissions = sharedPermissions(permissionsIn(claims, names.permissions) as Permission[]);
    // Requests share it, so that none may leave anything in it.
    if (claims.permissions !== undefined && names.permissions === OWN_NAMES.permissions)
      claims.permissions = permissions;
    this.claims = deeplyFrozen(claims);
    this.id = claims[names.id] as string;
    this.subject = subjectPrefix + (claims.sub as string);
    this.permissions = permissions;
    this.name = claims[names.name] as string | undefined;
    Object.freeze(this);
  }

  /** `iat`: when it was issued. */
  get issuedAt(): Date {
    return new Date((this.claims.iat as number) * 1000);
  }

  /** `exp`: the moment from which it is refused. */
  get expiresAt(): Date {
    return new Date((this.claims.exp as number) * 1000);
  }
}

function deeplyFrozen<T extends object>(value: T): T {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null && !Object.isFrozen(member)) deeplyFrozen(member as object);
  }
  return Object.freeze(value);
}
