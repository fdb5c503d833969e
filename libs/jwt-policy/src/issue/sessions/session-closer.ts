import { publishTokenEvent } from '../../events/channels.js';
import type { Revocations } from '../../identify/revocations.js';
import type { BoundedSessions } from './bounded-sessions.js';
import { dataOf } from './session-data.js';
import type { SessionRecord } from './session-store.js';
import type { TokenIssuer } from '../token-issuer.js';

/** Ends sessions, and takes their access tokens back. */
export class SessionCloser {
  constructor(
    private readonly store: BoundedSessions,
    private readonly issuer: TokenIssuer,
    private readonly revocations: Revocations,
  ) {}

  /** @throws {PolicyUnavailable} when it cannot be known whether that was kept; then it is to be closed again. */
  async close(session: SessionRecord): Promise<void> {
    const { id: sessionId, subject } = session;
    // First, so that while the session is there its tokens can be found, and taken back by the next attempt.
    await this.revokeTokens(sessionId, session);
    await this.store.close(sessionId);
    publishTokenEvent(() => ({ type: 'session-closed', sessionId, subject }));
  }

  /** @throws {PolicyUnavailable} when one could not be closed; the others were, or that was tried. */
  async closeAll(subject: string): Promise<void> {
    const sessions = await this.store.list(subject, new Date());
    await Promise.all(sessions.map((session) => this.close(session)));
  }

  /** @param session As it was found, when it was. */
  async revokeTokens(sessionId: string, session: SessionRecord | null): Promise<void> {
    const now = new Date();
    const end = this.issuer.endOf(now).getTime();
    // Tokens may have lived longer when it was opened, by other options.
    const longest = session ? Math.max(end, now.getTime() + dataOf(session).life) : end;
    await this.revocations.revokeSession(sessionId, new Date(longest));
  }
}
