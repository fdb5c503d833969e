import { Injectable } from '@nestjs/common';
import { InvalidToken } from './errors.js';
import { publishTokenEvent } from './events/channels.js';
import type { Duration } from './duration.js';
import type { Revocations } from './identify/revocations.js';
import { checkedLifetime, type Expiry } from './issue/lifetime.js';
import {
  type IssuedToken,
  type SubjectId,
  subjectOf,
  type TokenIssuer,
  type TokenSubject,
} from './issue/token-issuer.js';
import type { TokenVerifier } from './verify/token-verifier.js';
import { VerifiedToken } from './verify/verified-token.js';

/** Issues, verifies and revokes access tokens (RFC 9068) with the settings of the module. */
@Injectable()
export class TokenService {
  /** @internal */
  constructor(
    private readonly issuer: TokenIssuer,
    private readonly verifier: TokenVerifier,
    private readonly revocations: Revocations,
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
    const { id: tokenId, expiresAt } = issued;
    publishTokenEvent(() => ({ type: 'issued', tokenId, subject: String(subject.id), expiresAt }));
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
   * Takes back every token of a subject that was issued before now; those issued later, even within the same second, are
   * good. Set `verify.maxLifetime`, so that it is known how long this has to be remembered.
   *
   * @throws {TypeError} when nobody can have this id.
   * @throws {PolicyUnavailable} when it cannot be known whether the store has kept it: answer 503, and try again.
   */
  async revokeAll(subjectId: SubjectId): Promise<void> {
    const subject = subjectOf(subjectId, 'revokeAll(): the subject');
    await this.revocations.revokeAll(subject);
    publishTokenEvent(() => ({ type: 'subject-revoked', subject }));
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
