import { AmbiguousToken } from './errors.js';
import { Carrier, type RequestLike } from './extract/carrier.js';
import type { TokenExtractor } from './extract/extractors.js';
import type { Staleness } from './identify/freshness.js';
import type { Identity } from './identify/identity.js';
import type { IdentityResolver } from './identify/identity-resolver.js';
import type { TokenVerifier } from './verify/token-verifier.js';

/** `null`: the caller is anonymous. */
export type Authentication = Identity | null;

interface Answer {
  readonly staleness: Staleness;
  readonly authentication: Authentication | Promise<Authentication>;
}

/** The spine: extract, verify, identify. Whoever asks about a request again gets the answer of the first time. */
export class Authenticator {
  private readonly answers = new WeakMap<RequestLike, Answer>();

  constructor(
    private readonly extract: TokenExtractor,
    private readonly verifier: TokenVerifier,
    private readonly resolver: IdentityResolver,
    private readonly staleness: Staleness,
  ) {}

  /**
   * @throws {AmbiguousToken | InvalidToken | PolicyUnavailable} at once, or later where the identity is loaded.
   */
  authenticate(request: RequestLike, staleness = this.staleness): Authentication | Promise<Authentication> {
    const known = this.answers.get(request);
    // A fresher identity is good enough for a question that asks for less, but not the other way round.
    if (known && known.staleness <= staleness) return known.authentication;
    const authentication = this.answer(request, staleness);
    this.answers.set(request, { staleness, authentication });
    return authentication;
  }

  private answer(request: RequestLike, staleness: Staleness): Authentication | Promise<Authentication> {
    const [token, ...more] = this.extract(new Carrier(request));
    if (more.length > 0) throw new AmbiguousToken();
    if (token === undefined) return null;
    return this.resolver.resolve(this.verifier.verify(token), staleness);
  }
}
