import { InvalidToken } from '../errors.js';
import type { VerifiedToken } from '../verify/verified-token.js';
import type { BoundedSessions } from './sessions/bounded-sessions.js';
import { currentSubject } from './current-subject.js';
import { type IssuedToken, publishIssued } from './issued-token.js';
import { OWN_CLAIMS } from './own-claims.js';
import { endOf, isLive } from './sessions/session.js';
import type { Issuing } from './sessions/session-access.js';
import type { TokenSubject } from './token-issuer.js';
import type { TokenOrigin } from './token-origin.js';

/** Makes a new token of one that is still good: for the same subject, and with the same claims of its own. */
export class TokenRenewer {
  constructor(
    private readonly store: BoundedSessions,
    private readonly issuing: Issuing,
  ) {}

  /** @throws {PolicyUnavailable} when it cannot be known whether there is anything to renew. */
  async renew(token: VerifiedToken): Promise<IssuedToken | null> {
    const now = new Date();
    if (!this.issuing.issuer.isOwn(token) || token.expiresAt <= now) return null;
    if (token.sessionId === undefined) return this.renewUntil(token);
    const session = await this.store.find(token.sessionId);
    if (session?.subject !== token.subject || !isLive(session, now)) return null;
    return this.renewUntil(token, endOf(session));
  }

  private async renewUntil(token: VerifiedToken, until?: Date): Promise<IssuedToken | null> {
    const { issuer, revocations, loader } = this.issuing;
    try {
      const subject = await currentSubject(subjectIn(token), token, loader);
      // Last, so that nothing is waited for between this and the new token.
      await revocations.check(token);
      const audience = token.claims.aud as string | readonly string[];
      const renewed = issuer.issue(subject, { audience, until, origin: originOf(token) });
      publishIssued(renewed, token.subject);
      return renewed;
    } catch (error) {
      if (error instanceof InvalidToken) return null;
      throw error;
    }
  }
}

function subjectIn({ subject, claims, name }: VerifiedToken): TokenSubject {
  return {
    id: subject,
    name,
    permissions: claims.permissions as TokenSubject['permissions'],
    claims: Object.fromEntries(Object.entries(claims).filter(([claim]) => !OWN_CLAIMS.has(claim))),
  };
}

/** The log-in stays the one that it was, however often the token is renewed. */
function originOf({ sessionId, claims }: VerifiedToken): TokenOrigin {
  const { auth_time: loggedInAt, iat } = claims;
  return { sid: sessionId, auth_time: typeof loggedInAt === 'number' ? loggedInAt : (iat as number) };
}
