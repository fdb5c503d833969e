import type { Key } from '../key.js';

export type KeyState = 'upcoming' | 'active' | 'retiring';

/** The end of the last token that can be issued at a moment, in milliseconds since 1970; `Infinity` when nobody knows. */
export type LastEnd = (issuedAt: Date) => number;

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
    public isNamed: boolean,
  ) {}

  /** Whether its tokens are accepted. */
  isKept(now: number): boolean {
    return this.state !== 'retiring' || this.isNamed || now < this.safeFrom;
  }

  enter(state: KeyState): void {
    this.state = state;
    this.stateSince = Date.now();
  }

  /** @param notice For so long after it has stopped here, other instances may still sign with it. */
  findSafety(notice: number, lastEnds: readonly LastEnd[]): void {
    const stopsAt = new Date(this.stateSince + notice);
    const ends = lastEnds.length === 0 ? [Number.POSITIVE_INFINITY] : lastEnds.map((lastEnd) => lastEnd(stopsAt));
    this.safeFrom = Math.max(this.lastEnd, ...ends);
  }
}
