import { type CompactJws, parseCompact } from './compact.js';
import { invalidToken } from './invalid-token.js';
import { type IssuerRules, IssuerVerifier } from './issuer-verifier.js';
import { VerifiedCache } from './verified-cache.js';
import type { VerifiedToken } from './verified-token.js';
import type { Key } from '../keys/key.js';

export interface VerifyRules {
  readonly maxTokenBytes: number;
  /** How many verified tokens are remembered. */
  readonly cacheSize: number;
  /** In seconds. */
  readonly leeway: number;
  /** In seconds. */
  readonly maxLifetime?: number;
  /** Those whose tokens are accepted, our own first. */
  readonly issuers: readonly IssuerRules[];
}

/** The one way from text to {@link VerifiedToken}: the guard, the Passport strategy and `TokenService` all end here. */
export class TokenVerifier {
  private readonly cache: VerifiedCache;
  private readonly issuers: ReadonlyMap<unknown, IssuerVerifier>;
  private readonly onlyIssuer?: IssuerVerifier;

  constructor(private readonly rules: VerifyRules) {
    this.cache = new VerifiedCache(rules.cacheSize, rules.leeway);
    this.issuers = new Map(rules.issuers.map((issuer) => [issuer.issuer, new IssuerVerifier(issuer)]));
    if (this.issuers.size === 1) [this.onlyIssuer] = this.issuers.values();
  }

  /**
   * With a promise only where a key is looked for elsewhere.
   *
   * @throws {InvalidToken} whatever the text is.
   * @throws {PolicyUnavailable} when it cannot be known whether the issuer has the key that the token names.
   */
  verify(token: unknown): VerifiedToken | Promise<VerifiedToken> {
    const now = Date.now() / 1000;
    return (typeof token === 'string' && this.cache.find(token, now)) || this.verifyAnew(token, now);
  }

  private verifyAnew(text: unknown, now: number): VerifiedToken | Promise<VerifiedToken> {
    const jws = parseCompact(text, this.rules.maxTokenBytes);
    const issuer = this.onlyIssuer ?? this.issuerNamedIn(jws);
    const key = issuer.keyFor(jws);
    return key instanceof Promise
      ? key.then((found) => this.verifyBy(issuer, found, jws, text as string, Date.now() / 1000))
      : this.verifyBy(issuer, key, jws, text as string, now);
  }

  private verifyBy(issuer: IssuerVerifier, key: Key, jws: CompactJws, text: string, now: number): VerifiedToken {
    const token = issuer.verify(jws, key, now);
    this.cache.keep(text, token, issuer, key);
    return token;
  }

  /** Whose token it says it is. Nothing of it is believed: only keys of that issuer can prove it, and `iss` is compared again. */
  private issuerNamedIn(jws: CompactJws): IssuerVerifier {
    const issuer = this.issuers.get(jws.claims.iss);
    if (issuer) return issuer;
    throw invalidToken('issuer mismatch');
  }
}
