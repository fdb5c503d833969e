import type { Permission } from '../permission.js';
import type { VerifiedToken } from '../verify/verified-token.js';

/** Who makes the request, as far as permissions go: from the token, or loaded, as the route's freshness says. */
export interface Identity {
  /** The subject of the token, always a string. */
  readonly id: string;
  /** For display. */
  readonly name?: string;
  readonly permissions: ReadonlySet<Permission>;
  readonly token: VerifiedToken;
  /** Whatever the loader returned as `user`: your own object. */
  readonly user?: unknown;
}
