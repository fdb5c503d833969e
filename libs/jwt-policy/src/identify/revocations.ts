import { InvalidToken, PolicyUnavailable } from '../errors.js';
import { millisecondsOf, orderedId } from '../ordered-id.js';
import type { VerifiedToken } from '../verify/verified-token.js';
import { LONGEST_STALE } from './freshness.js';
import type { RevocationEntry, RevocationFacts, RevocationStore } from './revocation-store.js';
import { withinTime } from '../time-limit.js';

export interface RevocationRules {
  /** How long the store may take, in milliseconds. */
  readonly timeout: number;
  /** How long after its `exp` a token is still accepted, in milliseconds. */
  readonly leeway: number;
  /** The longest that a token lives, in milliseconds, if there is a limit. */
  readonly longestLife?: number;
  /** The longest that a session lives, in milliseconds. */
  readonly longestSession: number;
}

/** What can be taken back: a token, or whatever goes by an id and by when it was issued as one does. */
export type Revocable = Pick<VerifiedToken, 'id' | 'subject' | 'sessionId' | 'claims'>;

/** How far a clock may have been set back, in seconds. An id of somebody else's making seldom falls into that by chance. */
const MOST_SET_BACK = 86_400;
/** The last moment that a `Date` can hold. */
const END_OF_TIME = 8_640_000_000_000_000;
/** The clock that has said when a session ends may be ahead, and a token of it may be on its way to be made. */
const SESSION_MARGIN = 300_000;
/** No identity may count for longer than the first part; the second is for loads that were under way. */
const CHANGES_KEPT = LONGEST_STALE + 3_600_000;

/** Which version of a subject is the current one: another one than before means that it has changed. */
export type SubjectVersion = string | undefined;

type Answer = RevocationFacts | PromiseLike<RevocationFacts>;

/** Takes tokens back before they end, and asks about every token that is used whether that has happened. */
export class Revocations {
  constructor(
    private readonly store: RevocationStore,
    private readonly rules: RevocationRules,
  ) {}

  async open(): Promise<void> {
    await this.store.open?.();
  }

  async close(): Promise<void> {
    await this.store.close?.();
  }

  /**
   * Asks for the token and, if it is one of a session, for that at the same time.
   *
   * @returns the version of the subject, without a promise when the store needs none.
   * @throws {InvalidToken} when the token was revoked, or its session was.
   * @throws {PolicyUnavailable} when the store does not say, in time and in so many words, that it was not.
   */
  check(token: Revocable): SubjectVersion | Promise<SubjectVersion> {
    const facts = this.find(token.id, token.subject);
    if (token.sessionId !== undefined) return this.checkSession(token, token.sessionId, facts);
    return isThenable(facts) ? this.checkLater(token, [facts]) : versionIn(facts, token);
  }

  async revoke(token: VerifiedToken): Promise<void> {
    const end = token.expiresAt.getTime() + this.rules.leeway;
    await this.add('token', token.id, end);
  }

  /** Takes back all access tokens of a session: they end with it at the latest. */
  async revokeSession({ id, endsAt }: { readonly id: string; readonly endsAt: Date }): Promise<void> {
    const { longestLife = END_OF_TIME, leeway } = this.rules;
    const lastEnd = Math.min(endsAt.getTime(), Date.now() + longestLife);
    await this.add('token', id, lastEnd + leeway + SESSION_MARGIN);
  }

  async revokeAll(subject: string): Promise<void> {
    const { longestLife = END_OF_TIME, longestSession, leeway } = this.rules;
    // A session is as old as its log-in, and could give new tokens when the old ones have long ended.
    await this.add('subject', subject, Date.now() + Math.max(longestLife, longestSession) + leeway);
  }

  async forget(subject: string): Promise<void> {
    await this.add('change', subject, Date.now() + CHANGES_KEPT);
  }

  private async add(kind: RevocationEntry['kind'], id: string, end: number): Promise<void> {
    const endsAt = new Date(Math.min(end, END_OF_TIME));
    try {
      const added = this.store.add({ kind, id, mark: orderedId(), endsAt });
      await withinTime(added, this.rules.timeout, tooLate);
    } catch (error) {
      throw failed(error);
    }
  }

  private checkSession(token: Revocable, id: string, facts: Answer): SubjectVersion | Promise<SubjectVersion> {
    // An answer that is on its way must not be left alone, whatever becomes of this one.
    if (isThenable(facts)) return this.checkLater(token, [facts, (async () => this.store.find(id, token.subject))()]);
    const ofSession = this.find(id, token.subject);
    if (isThenable(ofSession)) return this.checkLater(token, [Promise.resolve(facts), ofSession]);
    versionIn(ofSession, token);
    return versionIn(facts, token);
  }

  private find(id: string, subject: string): Answer {
    try {
      return this.store.find(id, subject);
    } catch (error) {
      throw failed(error);
    }
  }

  private async checkLater(
    token: Revocable,
    answers: readonly PromiseLike<RevocationFacts>[],
  ): Promise<SubjectVersion> {
    let found: RevocationFacts[];
    try {
      found = await withinTime(Promise.all(answers), this.rules.timeout, tooLate);
    } catch (error) {
      throw failed(error);
    }
    const [version] = found.map((facts) => versionIn(facts, token));
    return version;
  }
}

function versionIn(facts: unknown, token: Revocable): SubjectVersion {
  if (!isFacts(facts)) throw new PolicyUnavailable('the revocation store did not return RevocationFacts');
  if (facts.revoked) throw new InvalidToken('ERR_TOKEN_REVOKED', 'the token is revoked');
  if (facts.revokedBefore != null && isOlder(token, facts.revokedBefore)) {
    throw new InvalidToken('ERR_TOKEN_REVOKED', 'all tokens of the subject are revoked');
  }
  return facts.changed ?? undefined;
}

/**
 * `iat` counts whole seconds, which is too coarse to tell a token from the one issued after it. Ours have an ordered id,
 * which is not; it is believed when it is as young as `iat`, or younger because the clock was set back meanwhile. Any other
 * token counts as old until its second is over.
 */
function isOlder(token: Revocable, mark: string): boolean {
  const revokedAt = millisecondsOf(mark);
  if (Number.isNaN(revokedAt)) throw new PolicyUnavailable('the revocation store returned a mark that is none of ours');
  const issuedAt = token.claims.iat as number;
  const aheadOfIat = Math.floor(millisecondsOf(token.id) / 1000) - issuedAt;
  return aheadOfIat >= 0 && aheadOfIat <= MOST_SET_BACK ? token.id < mark : issuedAt * 1000 <= revokedAt;
}

function isFacts(facts: unknown): facts is RevocationFacts {
  if (typeof facts !== 'object' || facts === null) return false;
  const { revoked, revokedBefore, changed } = facts as Record<keyof RevocationFacts, unknown>;
  return typeof revoked === 'boolean' && isTextOrAbsent(revokedBefore) && isTextOrAbsent(changed);
}

function isTextOrAbsent(value: unknown): boolean {
  return value == null || typeof value === 'string';
}

function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as PromiseLike<T> | null | undefined)?.then === 'function';
}

function failed(cause: unknown): PolicyUnavailable {
  return new PolicyUnavailable('the revocation store failed', { cause });
}

function tooLate(): Error {
  return new Error('the revocation store did not answer within identify.timeout');
}
