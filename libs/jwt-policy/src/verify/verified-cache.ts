import { BoundedMap } from '../bounded-map.js';
import type { Key } from '../keys/key.js';
import type { IssuerVerifier } from './issuer-verifier.js';
import type { VerifiedToken } from './verified-token.js';

interface Remembered {
  readonly text: string;
  readonly token: VerifiedToken;
  readonly issuer: IssuerVerifier;
  readonly key: Key;
}

interface Times {
  readonly iat: number;
  readonly nbf?: number;
  readonly exp: number;
}

/** As many characters at the end of a token as no two signatures have in common by chance. */
const KEY_LENGTH = 24;

/**
 * Tokens whose signature and claims were checked. The end of the signature finds one, the whole text confirms it: nothing
 * but the very token that was checked is ever taken for it, and only for as long as its claims hold and its key is held.
 */
export class VerifiedCache {
  // Out of sight of whoever prints an object that holds this: it holds the texts of tokens.
  readonly #tokens: BoundedMap<Remembered>;

  /** @param leeway In seconds. */
  constructor(
    size: number,
    private readonly leeway: number,
  ) {
    this.#tokens = new BoundedMap(size);
  }

  /** @param now In seconds since 1970. */
  find(text: string, now: number): VerifiedToken | null {
    const known = this.#tokens.get(text.slice(-KEY_LENGTH));
    if (known === undefined || known.text !== text) return null;
    return this.isCurrent(known.token, now) && known.issuer.holds(known.key) ? known.token : null;
  }

  keep(text: string, token: VerifiedToken, issuer: IssuerVerifier, key: Key): void {
    // A copy: what a header was cut from may be far longer, and hold other people's secrets.
    const copy = Buffer.from(text, 'latin1').toString('latin1');
    this.#tokens.set(copy.slice(-KEY_LENGTH), { text: copy, token, issuer, key });
  }

  private isCurrent({ claims }: VerifiedToken, now: number): boolean {
    const { iat, nbf = iat, exp } = claims as unknown as Times;
    return now < exp + this.leeway && iat <= now + this.leeway && nbf <= now + this.leeway;
  }
}
