import { publishTokenEvent } from '../../events/channels.js';
import type { Revocations } from '../../identify/revocations.js';
import { isLive } from '../../stores/session-life.js';
import type { BoundedSessions } from './bounded-sessions.js';
import { RefreshToken } from './refresh-token.js';
import { type Session, sessionOf } from './session.js';
import type { SessionRecord } from './session-store.js';

const SESSION_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** How many sessions are ended at the same time. */
const AT_ONCE = 20;

/** The sessions that there are: lists and ends them, and takes their access tokens back. */
export class KeptSessions {
  constructor(
    private readonly store: BoundedSessions,
    private readonly revocations: Revocations,
  ) {}

  async list(subject: string): Promise<readonly Session[]> {
    const found = await this.store.list(subject, new Date());
    return found.filter(({ isReused }) => !isReused).map(sessionOf);
  }

  /** @returns whether there was one to close. */
  async close(refreshToken: unknown): Promise<boolean> {
    const token = RefreshToken.parse(refreshToken);
    const session = token && (await this.store.find(token.sessionId));
    return session !== null && token?.isOf(session) === true && this.closeFound(session);
  }

  /** @returns whether the subject had such a one to close. */
  async closeOwn(id: unknown, subject: string): Promise<boolean> {
    const session = typeof id === 'string' && SESSION_ID.test(id) ? await this.store.find(id) : null;
    return session?.subject === subject && this.closeFound(session);
  }

  /** @throws {PolicyUnavailable} when one could not be closed; those before it were. */
  async closeAll(subject: string): Promise<void> {
    // As of long ago, so that a clock that is ahead takes none for one that has ended.
    await this.endAll(await this.store.list(subject, new Date(0)));
  }

  /** Closes the oldest, so that one more makes no more than so many. */
  async makeRoom(most: number, subject: string): Promise<void> {
    const sessions = await this.store.list(subject, new Date());
    await this.endAll(sessions.slice(0, Math.max(0, sessions.length + 1 - most)));
  }

  /**
   * @returns whether it was there.
   * @throws {PolicyUnavailable} when it cannot be known whether that was kept; then it is to be ended again.
   */
  async end(session: SessionRecord): Promise<boolean> {
    const { id: sessionId, subject } = session;
    // First, so that while the session is there its tokens can be found, and taken back by the next attempt.
    await this.revocations.revokeSession(session);
    const wasThere = await this.store.close(sessionId);
    if (wasThere) publishTokenEvent(() => ({ type: 'session-closed', sessionId, subject }));
    return wasThere;
  }

  private async closeFound(session: SessionRecord): Promise<boolean> {
    const wasOpen = !session.isReused && isLive(session, new Date());
    return (await this.end(session)) && wasOpen;
  }

  /** What was ended before one fails stays so: who tries again has less to do. */
  private async endAll(sessions: readonly SessionRecord[]): Promise<void> {
    for (let from = 0; from < sessions.length; from += AT_ONCE) {
      const some = sessions.slice(from, from + AT_ONCE);
      const outcomes = await Promise.allSettled(some.map((session) => this.end(session)));
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failed) throw failed.reason;
    }
  }
}
