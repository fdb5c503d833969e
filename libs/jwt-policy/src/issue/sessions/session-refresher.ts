import { InvalidToken, type InvalidTokenCode } from '../../errors.js';
import { publishTokenEvent } from '../../events/channels.js';
import { endIfUnused, isLive } from '../../stores/session-life.js';
import { currentSubject } from '../current-subject.js';
import { type IssuedToken, publishIssued } from '../issued-token.js';
import type { Issuing } from '../issuing.js';
import type { TokenSubject, TokenTerms } from '../token-issuer.js';
import { originIn } from '../token-origin.js';
import type { BoundedSessions } from './bounded-sessions.js';
import type { KeptSessions } from './kept-sessions.js';
import { OpenedSession } from './opened-session.js';
import { RefreshToken, type Successor } from './refresh-token.js';
import { asToken, toldSubject } from './session.js';
import type { SessionRules } from './session-options.js';
import type { RotationOutcome, SessionRecord } from './session-store.js';

type Refused = Exclude<RotationOutcome['outcome'], 'rotated' | 'repeated'>;

const REFUSALS: Readonly<Record<Refused, readonly [code: InvalidTokenCode, reason: string]>> = {
  expired: ['ERR_TOKEN_EXPIRED', 'the session has ended'],
  reused: ['ERR_TOKEN_REVOKED', 'a refresh token of the session was used twice'],
  unknown: ['ERR_TOKEN_INVALID', 'no session has this refresh token'],
};

/** Gives the next tokens for a refresh token (RFC 6749, section 6; RFC 9700, section 4.14). */
export class SessionRefresher {
  constructor(
    private readonly store: BoundedSessions,
    private readonly kept: KeptSessions,
    private readonly issuing: Issuing,
    private readonly rules: Pick<SessionRules, 'idle' | 'grace'>,
  ) {}

  async refresh(text: unknown): Promise<OpenedSession> {
    const presented = RefreshToken.parse(text);
    if (presented === null) throw new InvalidToken('ERR_TOKEN_INVALID', 'not a refresh token');
    const session = await this.liveSession(presented);
    // Before anything is rotated: what fails here costs the client nothing, and the same token will do later.
    const access = await this.accessFor(session);
    const next = await this.successorOf(presented, session);
    publishIssued(access, session.subject);
    return new OpenedSession(access, session.id, next.token.text(), next.endsAt);
  }

  /** Whoever has but guessed the id of a session makes the store look once, and the app load nobody. */
  private async liveSession(presented: RefreshToken): Promise<SessionRecord> {
    const session = await this.store.find(presented.sessionId);
    if (session === null || !presented.isOf(session)) throw refused('unknown');
    if (session.isReused) {
      // Every time, because the one that found out may have failed to take the access tokens back.
      await this.issuing.revocations.revokeSession(session);
      throw refused('reused');
    }
    if (!isLive(session, new Date())) throw refused('expired');
    return session;
  }

  private async accessFor(session: SessionRecord): Promise<IssuedToken> {
    const { issuer, revocations } = this.issuing;
    const subject = await this.subjectOf(session);
    // Last, so that nothing is waited for between this and the new token.
    await revocations.check(asToken(session));
    return issuer.issue(subject, this.termsFor(session));
  }

  private async subjectOf(session: SessionRecord): Promise<TokenSubject> {
    const { issuer, verifier, loader } = this.issuing;
    const told = toldSubject(session);
    if (!loader.isGiven) return told;
    // A loader is asked about a token, and there is none of this session at hand but the one to be made.
    const { token } = issuer.issue(told, this.termsFor(session));
    try {
      return await currentSubject(told, await verifier.verify(token), loader);
    } catch (error) {
      if (error instanceof InvalidToken && error.code === 'ERR_SUBJECT_UNKNOWN') await this.kept.end(session);
      throw error;
    }
  }

  private async successorOf(presented: RefreshToken, session: SessionRecord): Promise<Successor> {
    const { id: sessionId, subject } = session;
    const at = new Date();
    const next = presented.successor(this.endAfterUse(session, at));
    const told = await this.store.rotate({
      id: sessionId,
      family: presented.familyHash(),
      presented: presented.hash(),
      next: next.token.hash(),
      sealed: presented.seal(next),
      at,
      grace: this.rules.grace,
      idleEndsAt: next.endsAt,
    });
    // The current token, and not its own successor: a tab that is slow must not bring an older one back.
    if (told.outcome === 'repeated') return presented.unsealAll(told.sealed);
    if (told.outcome === 'rotated') {
      publishTokenEvent(() => ({ type: 'session-refreshed', sessionId, subject }));
      return next;
    }
    if (told.outcome === 'reused') await this.endReused(session, told);
    throw refused(told.outcome);
  }

  private async endReused(session: SessionRecord, { discovered }: { readonly discovered: boolean }): Promise<void> {
    const { id: sessionId, subject } = session;
    try {
      await this.issuing.revocations.revokeSession(session);
    } finally {
      if (discovered) publishTokenEvent(() => ({ type: 'session-reused', sessionId, subject }));
    }
  }

  private termsFor(session: SessionRecord): TokenTerms {
    return { until: this.endAfterUse(session, new Date()), origin: originIn(session) };
  }

  private endAfterUse({ endsAt }: SessionRecord, at: Date): Date {
    return endIfUnused({ idleEndsAt: new Date(at.getTime() + this.rules.idle), endsAt });
  }
}

function refused(why: Refused): InvalidToken {
  return new InvalidToken(...REFUSALS[why]);
}
