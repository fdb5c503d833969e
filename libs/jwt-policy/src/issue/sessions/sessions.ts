import type { VerifiedToken } from '../../verify/verified-token.js';
import { BoundedSessions } from './bounded-sessions.js';
import type { IssuedToken } from '../issued-token.js';
import type { OpenedSession } from './opened-session.js';
import { RefreshToken } from './refresh-token.js';
import { isLive, type Session, sessionOf } from './session.js';
import { type Issuing, SessionAccess } from './session-access.js';
import { SessionCloser } from './session-closer.js';
import { SessionOpener } from './session-opener.js';
import type { SessionRules } from './session-options.js';
import { SessionRefresher } from './session-refresher.js';
import type { SessionRecord } from './session-store.js';
import { subjectOf, type SubjectId, type TokenSubject } from '../token-issuer.js';
import { TokenRenewer } from '../token-renewer.js';

const SESSION_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A session by its refresh token, or by its id and whose it must be. */
type SessionReference = string | { readonly id: string; readonly subject: SubjectId };

/** All that can be done with sessions. */
export class Sessions {
  private readonly store: BoundedSessions;
  private readonly opener: SessionOpener;
  private readonly refresher: SessionRefresher;
  private readonly closer: SessionCloser;
  private readonly renewer: TokenRenewer;

  constructor(rules: SessionRules, issuing: Issuing) {
    const { issuer, revocations } = issuing;
    this.store = new BoundedSessions(rules.store, rules.timeout);
    this.opener = new SessionOpener(this.store, issuer, rules);
    this.closer = new SessionCloser(this.store, issuer, revocations);
    this.refresher = new SessionRefresher(this.store, new SessionAccess(issuing), this.closer, rules);
    this.renewer = new TokenRenewer(this.store, issuing);
  }

  /** While the app starts. */
  start(): Promise<void> {
    return this.store.open();
  }

  open(subject: TokenSubject, device?: string): Promise<OpenedSession> {
    return this.opener.open(subject, device);
  }

  refresh(refreshToken: unknown): Promise<OpenedSession> {
    return this.refresher.refresh(refreshToken);
  }

  /** @returns whether there was one to close. */
  async close(reference: SessionReference): Promise<boolean> {
    const session = await this.find(reference);
    if (session === null) return false;
    const wasLive = isLive(session, new Date());
    await this.closer.close(session);
    return wasLive;
  }

  closeAll(subject: string): Promise<void> {
    return this.closer.closeAll(subject);
  }

  async list(subject: string): Promise<readonly Session[]> {
    return (await this.store.list(subject, new Date())).map(sessionOf);
  }

  renew(token: VerifiedToken): Promise<IssuedToken | null> {
    return this.renewer.renew(token);
  }

  private async find(reference: unknown): Promise<SessionRecord | null> {
    if (typeof reference === 'object' && reference !== null)
      return this.findOf(reference as { id: string; subject: SubjectId });
    const token = RefreshToken.parse(reference);
    const session = token && (await this.store.find(token.sessionId));
    return session && token?.isOf(session) ? session : null;
  }

  private async findOf({ id, subject }: { id: unknown; subject: SubjectId }): Promise<SessionRecord | null> {
    const owner = subjectOf(subject, 'closeSession(): subject');
    const session = typeof id === 'string' && SESSION_ID.test(id) ? await this.store.find(id) : null;
    return session?.subject === owner ? session : null;
  }
}
