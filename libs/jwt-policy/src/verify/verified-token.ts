import type { Permission } from '../permission.js';
import { sharedPermissions } from './shared-permissions.js';
import type { JsonObject } from './strict-json.js';

/** A token whose signature and claims were checked. It does not hold the token's text. */
export class VerifiedToken {
  /** `jti`: the identifier of this one token. */
  readonly id: string;
  /** `sub`: whose token it is. */
  readonly subject: string;
  /** `permissions`; empty when the token names none. */
  readonly permissions: readonly Permission[];
  /** `user_name`, for display. */
  readonly name?: string;
  /** Every claim as it was sent, in an object without a prototype. */
  readonly claims: Readonly<Record<string, unknown>>;

  /** @internal Only for claims that were checked. */
  constructor(checked: JsonObject) {
    const claims = checked as Record<string, unknown>;
    const permissions = sharedPermissions((claims.permissions ?? []) as Permission[]);
    // Requests share it, so that none may leave anything in it.
    if (claims.permissions !== undefined) claims.permissions = permissions;
    this.claims = deeplyFrozen(claims);
    this.id = claims.jti as string;
    this.subject = claims.sub as string;
    this.permissions = permissions;
    this.name = claims.user_name as string | undefined;
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
