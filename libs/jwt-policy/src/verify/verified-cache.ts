import { BoundedMap } from '../bounded-map.js';
import type { VerifiedToken } from './verified-token.js';

interface Remembered {
  readonly text: string;
  readonly token: VerifiedToken;
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
 * but the very token that was checked is ever taken for it, and only for as long as its claims hold.
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
    return known !== undefined && known.text === text && this.isCurrent(known.token, now) ? known.token : null;
  }

  keep(text: string, token: VerifiedToken): void {
    // A copy: what a header was cut from may be far longer, and hold other people's secrets.
    const copy = Buffer.from(text, 'latin1').toString('latin1');
    this.#tokens.set(copy.slice(-KEY_LENGTH), { text: copy, token });
  }

  private isCurrent({ claims }: VerifiedToken, now: number): boolean {
    const { iat, nbf = iat, exp } = claims as unknown as Times;
    return now < exp + this.leeway && iat <= now + this.leeway && nbf <= now + this.leeway;
  }
}
