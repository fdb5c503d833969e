import { Injectable } from '@nestjs/common';
import { tokens } from './events/channels.js';
import type { Duration } from './duration.js';
import { checkedLifetime, type Expiry } from './issue/lifetime.js';
import type { IssuedToken, TokenIssuer, TokenSubject } from './issue/token-issuer.js';
import type { TokenVerifier } from './verify/token-verifier.js';
import type { VerifiedToken } from './verify/verified-token.js';

/** Issues and verifies access tokens (RFC 9068) with the settings of the module. */
@Injectable()
export class TokenService {
  /** @internal */
  constructor(
    private readonly issuer: TokenIssuer,
    private readonly verifier: TokenVerifier,
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
    if (tokens.hasSubscribers) {
      const { id: tokenId, expiresAt } = issued;
      tokens.publish({ type: 'issued', tokenId, subject: String(subject.id), expiresAt });
    }
    return issued;
  }

  /**
   * Checks a token as the guard does: signature and claims.
   *
   * @throws {InvalidToken} and nothing else, whatever the text is.
   */
  async verify(token: string): Promise<VerifiedToken> {
    return this.verifier.verify(token);
  }
}
