import { BoundedMap } from '../bounded-map.js';
import type { VerifiedToken } from './verified-token.js';

interface Remembered {
  readonly text: string;
  readonly token: VerifiedToken;
  /** The seconds since 1970 between which the claims hold, the leeway included. */
  readonly from: number;
  readonly until: number;
}

/** As many characters at the end of a token as no two signatures have in common by chance. */
const KEY_LENGTH = 24;

/**
 * Tokens whose signature and claims were checked. The end of the signature finds one, the whole text confirms it: nothing
 * but the very token that was checked is ever taken for it, and only for as long as its claims hold.
 */
export class VerifiedCache {
  private readonly tokens: BoundedMap<Remembered>;

  constructor(size: number) {
    this.tokens = new BoundedMap(size);
  }

  find(text: string, now: number): VerifiedToken | null {
    const known = this.tokens.get(text.slice(-KEY_LENGTH));
    return known !== undefined && known.text === text && now >= known.from && now < known.until ? known.token : null;
  }

  /** @param leeway In seconds. */
  keep(text: string, token: VerifiedToken, leeway: number): void {
    const { iat, nbf = iat, exp } = token.claims as { iat: number; nbf?: number; exp: number };
    this.tokens.set(text.slice(-KEY_LENGTH), { text, token, from: Math.max(iat, nbf) - leeway, until: exp + leeway });
  }
}
