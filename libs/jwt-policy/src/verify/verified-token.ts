import type { Permission } from '../permission.js';
import type { ClaimRules, FoundClaims } from './claim-checks.js';
import { OWN_NAMES } from './claim-names.js';
import { deeplyFrozen } from './frozen.js';
import { sharedPermissions } from './shared-permissions.js';

/** A token whose signature and claims were checked. It does not hold the token's text. */
export class VerifiedToken {
  /** `jti`: the identifier of this one token; of another issuer, with that before it. */
  readonly id: string;
  /** `sub`: whose token it is; of another issuer, with its prefix before it. */
  readonly subject: string;
  /** `permissions`, or what stands for them; empty when the token names none. */
  readonly permissions: readonly Permission[];
  /** `user_name`, or the claim that stands for it: for display. */
  readonly name?: string;
  /** `sid`: the session that it is of, if it is a token of one of ours (OpenID Connect Front-Channel Logout 1.0, section 3). */
  readonly sessionId?: string;
  /** Every claim as it was sent, in an object without a prototype. */
  readonly claims: Readonly<Record<string, unknown>>;

  /** @internal Only for claims that were checked by these rules. */
  constructor(
    { claims: checked, permissions: found }: FoundClaims,
    { names, subjectPrefix, idPrefix }: Pick<ClaimRules, 'names' | 'subjectPrefix' | 'idPrefix'>,
  ) {
    const claims = checked as Record<string, unknown>;
    const permissions = sharedPermissions(found as Permission[]);
    // Requests share it, so that none may leave anything in it.
    if (claims.permissions !== undefined && names.permissions === OWN_NAMES.permissions)
      claims.permissions = permissions;
    this.claims = deeplyFrozen(claims);
    this.id = idPrefix + (claims[names.id] as string);
    this.subject = subjectPrefix + (claims.sub as string);
    this.permissions = permissions;
    this.name = claims[names.name] as string | undefined;
    this.sessionId = names.session === undefined ? undefined : (claims[names.session] as string | undefined);
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
