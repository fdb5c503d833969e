/** A session as a store keeps it: the tokens themselves are not in it. Hashes are texts of base64url. */
export interface SessionRecord {
  /** A UUID: the `sid` of the access tokens that it gave. */
  readonly id: string;
  /** Any text of 1 to 256 characters. */
  readonly subject: string;
  /** Whatever else is to be kept of it, for as long as it lives: JSON, as `JSON.stringify` writes it. */
  readonly data: string;
  /** The hash of what all refresh tokens of the session have in common. */
  readonly family: string;
  /** The hash of the one refresh token that is good now. */
  readonly current: string;
  readonly openedAt: Date;
  /** When it was rotated last, or opened. It never goes back, whatever the clocks of the callers say. */
  readonly usedAt: Date;
  /** When it ends unless it is used before; never later than `endsAt`. */
  readonly idleEndsAt: Date;
  /** When it ends however often it is used. */
  readonly endsAt: Date;
  /** Whether it was found that two hold tokens of it: then it is dead, and waits to be closed. False when it is added. */
  readonly isReused: boolean;
}

/** What to do with a refresh token that was presented. */
export interface Rotation {
  readonly id: string;
  readonly family: string;
  /** The hash of the refresh token that was presented. */
  readonly presented: string;
  /** The hash of its successor, if it gets this one. */
  readonly next: string;
  /** The successor itself, so that only who holds the presented token can read it. Printable ASCII. */
  readonly sealed: string;
  /** The time at which it was asked for, by the clock of the caller. */
  readonly at: Date;
  /** For how many milliseconds a token that was replaced may be presented again. */
  readonly grace: number;
  /** The new `idleEndsAt`. What lies after `endsAt` counts as `endsAt`. */
  readonly idleEndsAt: Date;
}

/**
 * What a rotation has come to:
 * - `rotated`: the token was the current one, and `next` is now.
 * - `repeated`: it was replaced at most `grace` ago, and nothing has changed. `sealed` is what was kept when it was
 *   replaced, and when each one after it was, up to the current token, in that order. By a clock that is behind, it may be
 *   presented before it was replaced.
 * - `reused`: it was a token of this session once, so two hold it, and the session is dead. `discovered` is true for the
 *   one rotation that found out, and false for every one after it, whichever token it presents.
 * - `expired`: the session has ended by itself.
 * - `unknown`: there is no such session, or the token was never one of it. Or the rotation comes late, from before the
 *   session was used last, so that nothing can be made of it.
 */
export type RotationOutcome =
  | { readonly outcome: 'rotated' | 'expired' | 'unknown' }
  | { readonly outcome: 'repeated'; readonly sealed: readonly string[] }
  | { readonly outcome: 'reused'; readonly discovered: boolean };

/**
 * Where sessions are kept. One of your own must pass the contract in `nestjs-jwt-policy/testing`.
 * Whatever it throws, and whatever takes longer than `identify.timeout`, answers 503, and the client may try again with the
 * same token: within the grace, because a rotation that nobody was told of may have been done.
 */
export interface SessionStore {
  /** Keeps a new session. */
  add(session: SessionRecord): Promise<void>;
  /** The session with this id, unless it is closed. One that has ended may be there or not. */
  find(id: string): Promise<SessionRecord | null>;
  /**
   * Looks and changes in one step, however many instances rotate the same token at once: exactly one of them is told
   * `rotated`. What is checked, in this order: the id and `family` (else `unknown`); whether it was found to be reused
   * before (`reused`, not `discovered`); `endsAt` and `idleEndsAt`, which are over when `at` has reached them (`expired`);
   * whether `presented` is the current token (`rotated`), or one of the four before it that was replaced at most `grace`
   * before `at` (`repeated`); whether `at` is before `usedAt` (`unknown`); any other is `reused`, `discovered`.
   *
   * With each rotation those before the current token that were replaced longer ago are forgotten, and so is a fifth.
   */
  rotate(rotation: Rotation): Promise<RotationOutcome>;
  /** The sessions of a subject that are not closed and have not ended at `at`, in the order in which they were opened. */
  list(subject: string, at: Date): Promise<readonly SessionRecord[]>;
  /** Ends a session at once. @returns whether it was there: of several who close it, one is told so. */
  close(id: string): Promise<boolean>;
  /** Called while the app starts. */
  open?(): Promise<void>;
}
