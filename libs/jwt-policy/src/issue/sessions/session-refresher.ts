import { InvalidToken, type InvalidTokenCode } from '../../errors.js';
import { publishTokenEvent } from '../../events/channels.js';
import type { BoundedSessions } from './bounded-sessions.js';
import { type IssuedToken, publishIssued } from '../issued-token.js';
import { OpenedSession } from './opened-session.js';
import { RefreshToken, type Successor } from './refresh-token.js';
import { endOf, isLive } from './session.js';
import type { SessionAccess } from './session-access.js';
import type { SessionCloser } from './session-closer.js';
import type { SessionRules } from './session-options.js';
import type { RotationOutcome, SessionRecord } from './session-store.js';

type Refused = readonly [code: InvalidTokenCode, reason: string];

const NOT_FOUND: Refused = ['ERR_TOKEN_INVALID', 'no session has this refresh token'];
/** What a rotation means for a token that gets no successor. */
const REFUSALS: Readonly<Record<RotationOutcome['outcome'], Refused>> = {
  expired: ['ERR_TOKEN_EXPIRED', 'the session has ended'],
  reused: ['ERR_TOKEN_REVOKED', 'a refresh token of the session was used twice'],
  unknown: NOT_FOUND,
  rotated: NOT_FOUND,
  repeated: NOT_FOUND,
};

/** Gives the next tokens for a refresh token (RFC 6749, section 6; RFC 9700, section 4.14). */
export class SessionRefresher {
  constructor(
    private readonly store: BoundedSessions,
    private readonly access: SessionAccess,
    private readonly closer: SessionCloser,
    private readonly rules: Pick<SessionRules, 'idle' | 'grace'>,
  ) {}

  async refresh(text: unknown): Promise<OpenedSession> {
    const presented = RefreshToken.parse(text);
    if (presented === null) throw new InvalidToken('ERR_TOKEN_INVALID', 'not a refresh token');
    const session = await this.store.find(presented.sessionId);
    // Before anything is rotated: what fails here costs the client nothing, and the same token will do later.
    const access = session && (await this.accessFor(presented, session));
    const [told, next] = await this.rotate(presented, session);
    if (session && access && next) {
      const { id: sessionId, subject } = session;
      if (told.outcome === 'rotated') publishTokenEvent(() => ({ type: 'session-refreshed', sessionId, subject }));
      publishIssued(access, subject);
      return new OpenedSession(access, sessionId, next.token.text(), next.endsAt);
    }
    if (told.outcome === 'reused') await this.endReused(presented.sessionId, session, told);
    throw new InvalidToken(...REFUSALS[told.outcome]);
  }

  /** @returns `null` when the rotation is to say what is wrong. */
  private async accessFor(presented: RefreshToken, session: SessionRecord): Promise<IssuedToken | null> {
    const now = new Date();
    // Whoever has but guessed the id of a session does not make the app load anybody.
    if (!isLive(session, now) || !presented.isOf(session)) return null;
    try {
      return await this.access.issue(session, this.endOf(session, now));
    } catch (error) {
      if (error instanceof InvalidToken && error.code === 'ERR_SUBJECT_UNKNOWN') await this.closer.close(session);
      throw error;
    }
  }

  /** @returns the successor besides, when there is one. */
  private async rotate(
    presented: RefreshToken,
    session: SessionRecord | null,
  ): Promise<readonly [RotationOutcome, Successor?]> {
    const at = new Date();
    const next = presented.successor(this.endOf(session, at));
    const told = await this.store.rotate({
      id: presented.sessionId,
      family: presented.familyHash(),
      presented: presented.hash(),
      next: next.token.hash(),
      sealed: presented.seal(next),
      at,
      grace: this.rules.grace,
      idleEndsAt: next.endsAt,
    });
    if (told.outcome === 'repeated') return [told, presented.unseal(told.sealed)];
    return told.outcome === 'rotated' ? [told, next] : [told];
  }

  /** When a session that is used now ends. */
  private endOf(session: SessionRecord | null, at: Date): Date {
    const idleEndsAt = new Date(at.getTime() + this.rules.idle);
    return endOf({ idleEndsAt, endsAt: session?.endsAt ?? idleEndsAt });
  }

  /** Every time, because the one that found out may have failed to take the access tokens back. */
  private async endReused(
    sessionId: string,
    session: SessionRecord | null,
    { discovered }: { readonly discovered: boolean },
  ): Promise<void> {
    try {
      await this.closer.revokeTokens(sessionId, session);
    } finally {
      if (discovered && session) {
        publishTokenEvent(() => ({ type: 'session-reused', sessionId, subject: session.subject }));
      }
    }
  }
}
