import { InvalidToken } from '../errors.js';
import { endIfUnused, isLive } from '../stores/session-life.js';
import type { VerifiedToken } from '../verify/verified-token.js';
import { currentSubject } from './current-subject.js';
import { type IssuedToken, publishIssued } from './issued-token.js';
import type { Issuing } from './issuing.js';
import { OWN_CLAIMS } from './own-claims.js';
import type { BoundedSessions } from './sessions/bounded-sessions.js';
import { asToken } from './sessions/session.js';
import type { SessionRecord } from './sessions/session-store.js';
import type { TokenSubject } from './token-issuer.js';
import type { TokenOrigin } from './token-origin.js';

/** Makes a new token of one that is still good: for the same subject, and with the same claims of its own. */
export class TokenRenewer {
  /** @param longest How long after the log-in a token may be renewed, in milliseconds. */
  constructor(
    private readonly store: BoundedSessions,
    private readonly issuing: Pick<Issuing, 'issuer' | 'revocations' | 'loader'>,
    private readonly longest: number,
  ) {}

  /** @throws {PolicyUnavailable} when it cannot be known whether there is anything to renew. */
  async renew(token: VerifiedToken): Promise<IssuedToken | null> {
    const now = new Date();
    if (!this.issuing.issuer.isOwn(token) || token.expiresAt <= now) return null;
    if (originOf(token).auth_time * 1000 + this.longest <= now.getTime()) return null;
    if (token.sessionId === undefined) return this.renewGood(token);
    const session = await this.store.find(token.sessionId);
    if (session?.subject !== token.subject || session.isReused || !isLive(session, now)) return null;
    return this.renewGood(token, session);
  }

  private async renewGood(token: VerifiedToken, session?: SessionRecord): Promise<IssuedToken | null> {
    const { issuer, revocations, loader } = this.issuing;
    try {
      const subject = await currentSubject(subjectIn(token), token, loader);
      if (session) await revocations.check(asToken(session));
      // Last, so that nothing is waited for between this and the new token.
      await revocations.check(token);
      const audience = token.claims.aud as string | readonly string[];
      const origin = originOf(token);
      const longest = origin.auth_time * 1000 + this.longest;
      const until = new Date(Math.min(longest, session ? endIfUnused(session).getTime() : longest));
      const renewed = issuer.issue(subject, { audience, until, origin });
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
