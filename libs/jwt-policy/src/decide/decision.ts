import { AmbiguousToken, InvalidToken, PolicyUnavailable, type RefusalCode } from '../errors.js';
import type { Permission } from '../permission.js';

/** Why a request may pass. */
export type GrantCode = 'PERMISSION_GRANTED' | 'AUTHENTICATED' | 'ROUTE_PUBLIC' | 'ROUTE_UNDECLARED';

export interface Granted {
  readonly allowed: true;
  readonly code: GrantCode;
  readonly reason: string;
}

export interface Refused {
  readonly allowed: false;
  readonly code: RefusalCode;
  /** The exact cause, for logs and events. Holds no part of a token. Not for clients. */
  readonly reason: string;
  /** The permissions that would have opened the route; empty when permissions are not what is wrong. */
  readonly missing: readonly Permission[];
}

/** The answer to "may they?", with its reason. The client's challenge, the log and the events all read the same one. */
export type Decision = Granted | Refused;

export function granted(code: GrantCode, reason: string): Granted {
  return Object.freeze({ allowed: true, code, reason });
}

export function refused(code: RefusalCode, reason: string, missing: readonly Permission[] = []): Refused {
  return Object.freeze({ allowed: false, code, reason, missing: Object.freeze([...missing]) });
}

/** What an error on the way to an identity means: only our own say something about the token, the rest about us. */
export function refusedBy(error: unknown): Refused {
  if (error instanceof InvalidToken || error instanceof AmbiguousToken || error instanceof PolicyUnavailable) {
    return refused(error.code, error.reason);
  }
  return refused('ERR_POLICY_UNAVAILABLE', 'an unexpected error');
}
