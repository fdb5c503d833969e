import { Injectable } from '@nestjs/common';
import { InvalidToken } from './errors.js';
import { publishTokenEvent } from './events/channels.js';
import type { Duration } from './duration.js';
import type { Revocations } from './identify/revocations.js';
import { type IssuedToken, publishIssued } from './issue/issued-token.js';
import { checkedLifetime, type Expiry } from './issue/lifetime.js';
import type { OpenedSession } from './issue/sessions/opened-session.js';
import type { Session } from './issue/sessions/session.js';
import type { Sessions } from './issue/sessions/sessions.js';
import { type SubjectId, subjectOf, type TokenIssuer, type TokenSubject } from './issue/token-issuer.js';
import type { TokenVerifier } from './verify/token-verifier.js';
import { VerifiedToken } from './verify/verified-token.js';

/** Issues, verifies and revokes access tokens (RFC 9068), and keeps sessions, with the settings of the module. */
@Injectable()
export class TokenService {
  /** @internal */
  constructor(
    private readonly issuer: TokenIssuer,
    private readonly verifier: TokenVerifier,
    private readonly revocations: Revocations,
    private readonly kept: Sessions,
  ) {}

  /**
   * Makes a token, usually at login.
   *
   * @param options `lifetime`: instead of `issue.lifetime`. `audience`: instead of the module's, for another API.
   * @throws {TypeError} when the subject, its claims or the audience cannot become a token.
   * @throws {PolicyConfigurationError} when `options.lifetime` is neither a duration with a unit nor a function.
   */
  async issue(
    subject: TokenSubject,
    options: { lifetime?: Duration | Expiry; audience?: string } = {},
  ): Promise<IssuedToken> {
    const { lifetime, audience } = options;
    if (audience !== undefined && (typeof audience !== 'string' || audience === '')) {
      throw new TypeError('issue(): audience must be a non-empty text');
    }
    const expiry = lifetime === undefined ? undefined : checkedLifetime(lifetime, 'issue(): lifetime');
    const issued = this.issuer.issue(subject, { expiry, audience });
    publishIssued(issued, String(subject.id));
    return issued;
  }

  /**
   * Checks a token as the guard does: signature, claims and revocation.
   *
   * @throws {InvalidToken} whatever is wrong with it.
   * @throws {PolicyUnavailable} when the revocation store cannot tell, or the keys of another issuer cannot be had.
   */
  async verify(token: string): Promise<VerifiedToken> {
    const verified = await this.verified(token);
    await this.revocations.check(verified);
    return verified;
  }

  /**
   * Takes one token back, usually at log-out: from the next request on it is refused with `ERR_TOKEN_REVOKED`, however
   * fresh the permissions of the route are. One that has ended, or was revoked before, is no error (RFC 7009, section 2.2).
   * The session that it is of goes on: end that by `closeSession()`.
   *
   * @throws {InvalidToken} when the text is no token of yours.
   * @throws {PolicyUnavailable} when it cannot be known whether the store has kept it: answer 503, and try again.
   */
  async revoke(token: string | VerifiedToken): Promise<void> {
    const verified = token instanceof VerifiedToken ? token : await this.verifiedOrEnded(token);
    if (!verified) return;
    await this.revocations.revoke(verified);
    const { id: tokenId, subject, expiresAt } = verified;
    publishTokenEvent(() => ({ type: 'revoked', tokenId, subject, expiresAt }));
  }

  /**
   * Takes back every token of a subject that was issued before now, and closes its sessions; tokens issued later, even
   * within the same second, are good. Set `verify.maxLifetime`, so that it is known how long this has to be remembered.
   *
   * @throws {TypeError} when nobody can have this id.
   * @throws {PolicyUnavailable} when it cannot be known whether the store has kept it: answer 503, and try again.
   */
  async revokeAll(subjectId: SubjectId): Promise<void> {
    const subject = subjectOf(subjectId, 'revokeAll(): the subject');
    await this.revocations.revokeAll(subject);
    publishTokenEvent(() => ({ type: 'subject-revoked', subject }));
    // Else a refresh would make new tokens, which were not issued before now.
    await this.kept.closeAll(subject);
  }

  /**
   * Says that something about a subject has changed, so that the next request loads it again instead of being content
   * with `{ maxStale }`. Call it when the change is in your database. Permissions in tokens stay as they are: a route
   * with `'token'` freshness loads nothing, and forgets nothing.
   *
   * @throws {TypeError} when nobody can have this id.
   * @throws {PolicyUnavailable} when it cannot be known whether the store has kept it: answer 503, and try again.
   */
  async forget(subjectId: SubjectId): Promise<void> {
    const subject = subjectOf(subjectId, 'forget(): the subject');
    await this.revocations.forget(subject);
    publishTokenEvent(() => ({ type: 'subject-changed', subject }));
  }

  /**
   * Begins a session, usually at log-in: an access token as `issue()` makes it, with the claims `sid` and `auth_time`, that
   * ends with the session at the latest; and a refresh token for the next one.
   *
   * @param options `device`: what its owner knows it by, of at most 256 characters. (Cut a `User-Agent`, which can be longer.)
   * @throws {TypeError} when the subject or its claims cannot become a token, or the device is no such text.
   * @throws {PolicyUnavailable} when it cannot be known whether the store has kept it.
   */
  async openSession(subject: TokenSubject, options: { device?: string } = {}): Promise<OpenedSession> {
    return this.kept.open(subject, options.device);
  }

  /**
   * Gives the next access token and the next refresh token of a session. With `identify.load` the subject is loaded anew,
   * and what it says takes the place of the permissions and the name that `openSession()` was told; who is unknown or
   * disabled is refused, and the session closed. The same refresh token gets the same successor for `issue.sessions.grace`;
   * after that the session is dead, and so are its access tokens (RFC 9700, section 4.14.2).
   *
   * @throws {InvalidToken} `ERR_TOKEN_EXPIRED` when the session has ended by itself, `ERR_TOKEN_REVOKED` when one of its
   * refresh tokens was used twice, `ERR_SUBJECT_UNKNOWN` when there is nobody to refresh it for, and `ERR_TOKEN_INVALID`
   * when it was closed or never was.
   * @throws {PolicyUnavailable} when a store or the loader fails: answer 503; the same refresh token will do again.
   */
  async refresh(refreshToken: string): Promise<OpenedSession> {
    return this.kept.refresh(refreshToken);
  }

  /**
   * Closes a session, usually at log-out, and takes back its access tokens.
   *
   * @param session One of its refresh tokens; or its id, from `sessions()` or `token.sessionId`, and whose it must be.
   * Never hand it an object that a request has sent in the place of a refresh token.
   * @returns whether there was one to close. One of another subject is left alone: `false`.
   * @throws {TypeError} when nobody can have this id of a subject.
   * @throws {PolicyUnavailable} when it cannot be known whether it is closed: answer 503, and try again.
   */
  async closeSession(session: string | { readonly id: string; readonly subject: SubjectId }): Promise<boolean> {
    return this.kept.close(session);
  }

  /**
   * Closes all sessions of a subject, and takes back their access tokens. Tokens without a session are good as before:
   * `revokeAll()` takes those back as well.
   *
   * @throws {TypeError} when nobody can have this id.
   * @throws {PolicyUnavailable} when it cannot be known whether all are closed: answer 503, and try again.
   */
  async closeAllSessions(subjectId: SubjectId): Promise<void> {
    await this.kept.closeAll(subjectOf(subjectId, 'closeAllSessions(): the subject'));
  }

  /**
   * The sessions of a subject, in the order in which they were opened.
   *
   * @throws {TypeError} when nobody can have this id.
   * @throws {PolicyUnavailable} when the store does not say.
   */
  async sessions(subjectId: SubjectId): Promise<readonly Session[]> {
    return this.kept.list(subjectOf(subjectId, 'sessions(): the subject'));
  }

  /**
   * Makes a new token of one that is good now, so that whoever keeps coming stays logged in: for the same subject, audience
   * and session, with the same claims of your own. With `identify.load` the subject is loaded anew, as `refresh()` does it.
   * `auth_time` stays when the first of them was issued. The old token is good until it ends.
   *
   * @returns `null` when there is nothing to renew: the token has ended, was revoked or is of another issuer, its session
   * is over, or the subject is unknown or disabled.
   * @throws {PolicyUnavailable} when a store or the loader fails.
   */
  async renew(token: VerifiedToken): Promise<IssuedToken | null> {
    return this.kept.renew(token);
  }

  private async verifiedOrEnded(token: unknown): Promise<VerifiedToken | null> {
    try {
      return await this.verified(token);
    } catch (error) {
      if (error instanceof InvalidToken && error.code === 'ERR_TOKEN_EXPIRED') return null;
      throw error;
    }
  }

  /** With a stack in its errors, which the guard does without. */
  private async verified(token: unknown): Promise<VerifiedToken> {
    try {
      return await this.verifier.verify(token);
    } catch (error) {
      throw error instanceof InvalidToken ? new InvalidToken(error.code, error.reason) : error;
    }
  }
}
