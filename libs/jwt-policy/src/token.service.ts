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
import type { TokenRenewer } from './issue/token-renewer.js';
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
    private readonly sessionParts: Sessions,
    private readonly renewer: TokenRenewer,
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
   * within the same second, are good. A session that was opened before now gives no new ones, even if it could not be
   * closed. With `verify.maxLifetime` this is remembered for as long as a token or a session may live, without it for ever.
   *
   * @throws {TypeError} when nobody can have this id.
   * @throws {PolicyUnavailable} when it cannot be known whether the store has kept it: answer 503, and try again.
   */
  async revokeAll(subjectId: SubjectId): Promise<void> {
    const subject = subjectOf(subjectId, 'revokeAll(): the subject');
    await this.revocations.revokeAll(subject);
    publishTokenEvent(() => ({ type: 'subject-revoked', subject }));
    // Else a refresh would make new tokens, which were not issued before now.
    await this.sessionParts.kept.closeAll(subject);
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
   * ends with the session at the latest; and a refresh token for the next one. Who has `issue.sessions.most` of them
   * already loses the oldest: it is closed.
   *
   * @param options `device`: what its owner knows it by, of at most 256 characters. (Cut a `User-Agent`, which can be longer.)
   * @throws {TypeError} when the subject or its claims cannot become a token, or the device is no such text.
   * @throws {PolicyUnavailable} when it cannot be known whether the store has kept it.
   */
  async openSession(subject: TokenSubject, options: { device?: string } = {}): Promise<OpenedSession> {
    return this.sessionParts.opener.open(subject, options.device);
  }

  /**
   * Gives the next access token and the next refresh token of a session. With `identify.load` the subject is loaded anew,
   * and what it says takes the place of the permissions and the name that `openSession()` was told; who is unknown or
   * disabled is refused, and the session closed. For `issue.sessions.grace` a refresh token that was replaced gets the one
   * that is good now; after that the session is dead, and so are its access tokens (RFC 9700, section 4.14.2).
   *
   * @throws {InvalidToken} `ERR_TOKEN_EXPIRED` when the session has ended by itself, `ERR_TOKEN_REVOKED` when one of its
   * refresh tokens was used twice, `ERR_SUBJECT_UNKNOWN` when there is nobody to refresh it for, and `ERR_TOKEN_INVALID`
   * when it was closed or never was.
   * @throws {PolicyUnavailable} when a store or the loader fails: answer 503. The same refresh token will do again, within
   * the grace: what the store did not answer in time it may have done.
   */
  async refresh(refreshToken: string): Promise<OpenedSession> {
    return this.sessionParts.refresher.refresh(refreshToken);
  }

  /**
   * Closes the session of a refresh token, usually at log-out, and takes back its access tokens. With `verify.maxLifetime`
   * that need not be remembered for as long as the session could have lived.
   *
   * @returns whether there was one to close: `false` for whatever is no refresh token of an open session.
   * @throws {PolicyUnavailable} when it cannot be known whether it is closed: answer 503, and try again.
   */
  closeSession(refreshToken: string): Promise<boolean>;
  /**
   * Closes a session of a subject by its id, from `sessions()` or `token.sessionId`, and takes back its access tokens.
   *
   * @param subjectId Whose it must be. One of another subject is left alone: `false`.
   * @throws {TypeError} when nobody can have this id.
   * @throws {PolicyUnavailable} when it cannot be known whether it is closed: answer 503, and try again.
   */
  closeSession(id: string, subjectId: SubjectId): Promise<boolean>;
  async closeSession(text: string, ...owner: [subjectId?: SubjectId]): Promise<boolean> {
    const { kept } = this.sessionParts;
    // By their number: a subject that is missing by mistake must not make a refresh token of the id.
    if (owner.length === 0) return kept.close(text);
    return kept.closeOwn(text, subjectOf(owner[0], 'closeSession(): the subject'));
  }

  /**
   * Closes all sessions of a subject, and takes back their access tokens. Tokens without a session are good as before:
   * `revokeAll()` takes those back as well.
   *
   * @throws {TypeError} when nobody can have this id.
   * @throws {PolicyUnavailable} when it cannot be known whether all are closed: answer 503, and try again. Those that were
   * closed stay so.
   */
  async closeAllSessions(subjectId: SubjectId): Promise<void> {
    await this.sessionParts.kept.closeAll(subjectOf(subjectId, 'closeAllSessions(): the subject'));
  }

  /**
   * The sessions of a subject, in the order in which they were opened.
   *
   * @throws {TypeError} when nobody can have this id.
   * @throws {PolicyUnavailable} when the store does not say.
   */
  async sessions(subjectId: SubjectId): Promise<readonly Session[]> {
    return this.sessionParts.kept.list(subjectOf(subjectId, 'sessions(): the subject'));
  }

  /**
   * Makes a new token of one that is good now, so that whoever keeps coming stays logged in: for the same subject, audience
   * and session, with the same claims of your own. With `identify.load` the subject is loaded anew, as `refresh()` does it.
   * `auth_time` stays when the first of them was issued, and `issue.sessions.absolute` later it ends, also without a
   * session. The old token is good until it ends.
   *
   * @returns `null` when there is nothing to renew: the token has ended, was revoked or is of another issuer, its session
   * or the time since the log-in is over, or the subject is unknown or disabled.
   * @throws {PolicyUnavailable} when a store or the loader fails.
   */
  async renew(token: VerifiedToken): Promise<IssuedToken | null> {
    return this.renewer.renew(token);
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
