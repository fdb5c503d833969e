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
  readonly usedAt: Date;
  /** When it ends unless it is used before; never later than `endsAt`. */
  readonly idleEndsAt: Date;
  /** When it ends however often it is used. */
  readonly endsAt: Date;
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
  /** The time now, by the clock of the caller. */
  readonly at: Date;
  /** For how many milliseconds the same token may be presented again. */
  readonly grace: number;
  /** The new `idleEndsAt`. What lies after `endsAt` counts as `endsAt`. */
  readonly idleEndsAt: Date;
}

/**
 * What a rotation has come to:
 * - `rotated`: the token was the current one, and `next` is now.
 * - `repeated`: it was the current one until at most `grace` ago; `sealed` is what was kept with the rotation then, and
 *   nothing has changed. By a clock that is behind, it may be presented before it was replaced.
 * - `reused`: it was a token of this session once, so two hold it, and the session is dead. `discovered` is true for the
 *   one rotation that found out, and false for every one after it, whichever token it presents.
 * - `expired`: the session has ended by itself.
 * - `unknown`: there is no such session, or the token was never one of it.
 */
export type RotationOutcome =
  | { readonly outcome: 'rotated' | 'expired' | 'unknown' }
  | { readonly outcome: 'repeated'; readonly sealed: string }
  | { readonly outcome: 'reused'; readonly discovered: boolean };

/**
 * Where sessions are kept. One of your own must pass the contract in `nestjs-jwt-policy/testing`.
 * Whatever it throws, and whatever takes longer than `identify.timeout`, answers 503 and changes nothing for the client.
 */
export interface SessionStore {
  /** Keeps a new session. */
  add(session: SessionRecord): Promise<void>;
  /** The session with this id, unless it is closed or was found to be reused. One that has ended may be there or not. */
  find(id: string): Promise<SessionRecord | null>;
  /**
   * Looks and changes in one step, however many instances rotate the same token at once: exactly one of them is told
   * `rotated`. What is checked, in this order: the id and `family` (else `unknown`); whether it was found to be reused
   * before (`reused`, not `discovered`); `endsAt` and `idleEndsAt`, which are over when `at` has reached them (`expired`);
   * then whether `presented` is the current token (`rotated`), the one before it within `grace` (`repeated`), or any
   * other (`reused`, `discovered`).
   */
  rotate(rotation: Rotation): Promise<RotationOutcome>;
  /** The sessions of a subject that are neither closed nor reused nor ended at `at`, in the order in which they were opened. */
  list(subject: string, at: Date): Promise<readonly SessionRecord[]>;
  /** Ends a session at once; none is no error. */
  close(id: string): Promise<void>;
  /** Called while the app starts. */
  open?(): Promise<void>;
}
