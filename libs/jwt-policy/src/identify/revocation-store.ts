/** One thing that a store keeps. */
export interface RevocationEntry {
  /**
   * `'token'`: the token with this `jti` is revoked, or every token of the session with this `sid`. `'subject'`: every token of this subject that is older than `mark`
   * is. `'change'`: something about this subject has changed, so that it is loaded again.
   */
  readonly kind: 'token' | 'subject' | 'change';
  /** The `jti`, the `sid` or the subject: any text of 1 to 256 characters. */
  readonly id: string;
  /**
   * Says when; of a `'token'` entry nobody asks for it. Of several `'subject'` entries with one id the greatest mark counts, compared as text; of several
   * `'change'` entries, the one that was added last.
   */
  readonly mark: string;
  /** From then on no token that it concerns is accepted, and the entry can go. */
  readonly endsAt: Date;
}

/** What a store knows of a token and its subject. */
export interface RevocationFacts {
  /** Whether there is a `'token'` entry for it. */
  readonly revoked: boolean;
  /** The mark of the `'subject'` entry, if there is one. */
  readonly revokedBefore?: string;
  /**
   * The mark of the `'change'` entry, or any other text that is a new one whenever that has another mark. Absent when there
   * is none.
   */
  readonly changed?: string;
}

/**
 * Where revocations are kept. One of your own must pass the contract in `nestjs-jwt-policy/testing`.
 * Whatever it throws, and whatever takes longer than `identify.timeout`, answers 503 and lets nobody in.
 */
export interface RevocationStore {
  /** Keeps an entry. Once it has resolved, `find` knows of it. */
  add(entry: RevocationEntry): Promise<void>;
  /** Asked once for every token that is used, and with the `sid` besides if it is one of a session. Return a promise only when there is something to wait for. */
  find(tokenId: string, subject: string): RevocationFacts | Promise<RevocationFacts>;
  /** Called while the app starts. */
  open?(): Promise<void>;
  /** Called when the app has answered its last request. */
  close?(): Promise<void>;
}
