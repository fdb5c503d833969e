import type { Permission } from '../permission.js';
import type { VerifiedToken } from '../verify/verified-token.js';

/** What is known of a subject today. */
export interface LoadedIdentity {
  readonly permissions: readonly Permission[];
  /** For display; the token's `user_name` when absent. */
  readonly name?: string;
  /** `true` refuses the subject like an unknown one. */
  readonly disabled?: boolean;
  /** Your own object, handed on as `identity.user`. */
  readonly user?: unknown;
}

/**
 * Looks a subject up, usually in your database. `null` means that nobody is known by this name. An error means that
 * nothing is known at all, and answers 503.
 */
export type IdentityLoader = (subject: string, token: VerifiedToken) => Promise<LoadedIdentity | null>;
