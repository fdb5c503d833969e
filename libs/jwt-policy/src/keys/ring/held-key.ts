import type { Key } from '../key.js';

export type KeyState = 'upcoming' | 'active' | 'retiring';

/** Says how long tokens are good. Times are milliseconds since 1970. */
export interface TokenLife {
  /** The end of the last token that can be issued at a moment. */
  endOf(issuedAt: Date): number;
  /** For how many milliseconds after its end a token is still accepted. */
  readonly leeway: number;
}

/** A key with its place in the life of a ring. Times are milliseconds since 1970. */
export class HeldKey {
  readonly knownSince = Date.now();
  /** The end of the last token that it has signed here. */
  lastEnd = 0;
  /** From then on no token of it can be left. */
  safeFrom = Number.POSITIVE_INFINITY;
  private stateSince = this.knownSince;

  constructor(
    public key: Key,
    public state: KeyState,
    /** Whether the options or the provider name it: what they name stays. */
    public isWanted: boolean,
  ) {}

  /** Whether its tokens are accepted. */
  isKept(): boolean {
    return this.state !== 'retiring' || this.isWanted || Date.now() < this.safeFrom;
  }

  enter(state: KeyState): void {
    this.state = state;
    this.stateSince = Date.now();
  }

  /** @param spread For so long after it has stopped here, other instances may still sign with it. */
  findSafety(spread: number, lives: Iterable<TokenLife>): void {
    const stopsAt = new Date(this.stateSince + spread);
    const ends = [...lives].map((life) => Math.max(endOf(life, stopsAt), this.lastEnd) + life.leeway);
    this.safeFrom = ends.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...ends);
  }
}

function endOf(life: TokenLife, stopsAt: Date): number {
  try {
    const end = life.endOf(stopsAt);
    return Number.isNaN(end) ? Number.POSITIVE_INFINITY : end;
  } catch {
    // An `Expiry` of the app that fails for a moment to come says nothing about the end of tokens: the key stays.
    return Number.POSITIVE_INFINITY;
  }
}
