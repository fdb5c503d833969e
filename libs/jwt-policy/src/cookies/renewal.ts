import type { VerifiedToken } from '../verify/verified-token.js';

/** In milliseconds: the age from which a token is renewed, and the time after the log-in from which it is not. */
export interface RenewalRules {
  readonly after: number;
  readonly until: number;
}

/**
 * Whether a token of a session is old enough to be replaced, and its log-in young enough. Nothing but the end of their
 * session would take back all that others were replaced by.
 */
export function isDue({ sessionId, claims }: VerifiedToken, { after, until }: RenewalRules): boolean {
  const issuedAt = claims.iat as number;
  const { auth_time: loggedInAt } = claims;
  // One that is not ours would let a session live for ever.
  if (sessionId === undefined || typeof loggedInAt !== 'number' || loggedInAt > issuedAt) return false;
  const now = Date.now();
  return now - issuedAt * 1000 >= after && now - loggedInAt * 1000 < until;
}
