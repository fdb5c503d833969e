import { AmbiguousToken } from './errors.js';
import { Carrier, type RequestLike } from './extract/carrier.js';
import type { TokenExtractor } from './extract/extractors.js';
import type { Staleness } from './identify/freshness.js';
import type { Identity } from './identify/identity.js';
import type { IdentityResolver } from './identify/identity-resolver.js';
import type { TokenVerifier } from './verify/token-verifier.js';

/** `null`: the caller is anonymous. */
export type Authentication = Identity | null;

/** The spine: extract, verify, identify. */
export class Authenticator {
  constructor(
    private readonly extract: TokenExtractor,
    private readonly verifier: TokenVerifier,
    private readonly resolver: IdentityResolver,
  ) {}

  /**
   * @throws {AmbiguousToken | InvalidToken | PolicyUnavailable} at once, or later where there is something to wait for.
   */
  authenticate(request: RequestLike, staleness: Staleness): Authentication | Promise<Authentication> {
    const [token, ...more] = this.extract(new Carrier(request));
    if (more.length > 0) throw new AmbiguousToken();
    if (token === undefined) return null;
    const verified = this.verifier.verify(token);
    return verified instanceof Promise
      ? verified.then((found) => this.resolver.resolve(found, staleness))
      : this.resolver.resolve(verified, staleness);
  }
}
