import { publishTokenEvent } from '../../events/channels.js';
import { endIfUnused } from '../../stores/session-life.js';
import { publishIssued } from '../issued-token.js';
import { subjectOf, type TokenIssuer, type TokenSubject } from '../token-issuer.js';
import { originIn } from '../token-origin.js';
import type { BoundedSessions } from './bounded-sessions.js';
import type { KeptSessions } from './kept-sessions.js';
import { OpenedSession } from './opened-session.js';
import { RefreshToken } from './refresh-token.js';
import type { SessionData } from './session.js';
import type { SessionRules } from './session-options.js';

const LONGEST_DEVICE = 256;

/** Begins sessions. */
export class SessionOpener {
  constructor(
    private readonly store: BoundedSessions,
    private readonly kept: KeptSessions,
    private readonly issuer: TokenIssuer,
    private readonly rules: Pick<SessionRules, 'idle' | 'absolute' | 'most'>,
  ) {}

  async open(told: TokenSubject, device: unknown): Promise<OpenedSession> {
    if (!isDevice(device)) throw new TypeError('openSession(): device must be a text of at most 256 characters');
    // Before its id is made, as it is with a token, so that both can be compared with the mark of a revocation.
    const openedAt = new Date();
    const refresh = RefreshToken.first();
    const { sessionId: id } = refresh;
    const idleEndsAt = new Date(openedAt.getTime() + this.rules.idle);
    const endsAt = new Date(openedAt.getTime() + this.rules.absolute);
    const until = endIfUnused({ idleEndsAt, endsAt });
    // First of all, because nothing is to be kept of whom no token can be made for.
    const access = this.issuer.issue(told, { until, origin: originIn({ id, openedAt }) });
    const subject = subjectOf(told.id, 'openSession(): subject.id');
    const { name, permissions, claims } = told;
    const data: SessionData = { device, name, permissions, claims };
    // Beforehand: afterwards a clock that is behind would take the new one for the oldest. What begins meanwhile is too
    // many by as much, until the next one begins.
    await this.kept.makeRoom(this.rules.most, subject);
    await this.store.add({
      id,
      subject,
      data: JSON.stringify(data),
      family: refresh.familyHash(),
      current: refresh.hash(),
      openedAt,
      usedAt: openedAt,
      idleEndsAt: until,
      endsAt,
      isReused: false,
    });
    publishTokenEvent(() => ({ type: 'session-opened', sessionId: id, subject }));
    publishIssued(access, subject);
    return new OpenedSession(access, id, refresh.text(), until);
  }
}

function isDevice(device: unknown): device is string | undefined {
  return device === undefined || (typeof device === 'string' && device.length <= LONGEST_DEVICE);
}
