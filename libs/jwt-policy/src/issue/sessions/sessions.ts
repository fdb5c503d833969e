import type { Issuing } from '../issuing.js';
import { BoundedSessions } from './bounded-sessions.js';
import { KeptSessions } from './kept-sessions.js';
import { SessionOpener } from './session-opener.js';
import type { SessionRules } from './session-options.js';
import { SessionRefresher } from './session-refresher.js';

/** What there is for sessions, put together. */
export class Sessions {
  readonly store: BoundedSessions;
  readonly kept: KeptSessions;
  readonly opener: SessionOpener;
  readonly refresher: SessionRefresher;

  constructor(rules: SessionRules, issuing: Issuing) {
    this.store = new BoundedSessions(rules.store, rules.timeout);
    this.kept = new KeptSessions(this.store, issuing.revocations);
    this.opener = new SessionOpener(this.store, this.kept, issuing.issuer, rules);
    this.refresher = new SessionRefresher(this.store, this.kept, issuing, rules);
  }
}
