import type { BoundedLoader } from '../../identify/bounded-loader.js';
import type { Revocations } from '../../identify/revocations.js';
import type { TokenVerifier } from '../../verify/token-verifier.js';
import { currentSubject } from '../current-subject.js';
import type { IssuedToken } from '../issued-token.js';
import { toldSubject } from './session-data.js';
import type { SessionRecord } from './session-store.js';
import type { TokenIssuer } from '../token-issuer.js';
import { originIn } from '../token-origin.js';

/** What tokens are made with, and who says whether they still may be. */
export interface Issuing {
  readonly issuer: TokenIssuer;
  readonly verifier: TokenVerifier;
  readonly revocations: Revocations;
  readonly loader: BoundedLoader;
}

/** Makes further access tokens of a session, for what its subject is today. */
export class SessionAccess {
  constructor(private readonly issuing: Issuing) {}

  /**
   * @param until When the token ends at the latest.
   * @throws {InvalidToken} when the session is being closed, or the subject is unknown or disabled.
   * @throws {PolicyUnavailable} when the revocation store or the loader fails.
   */
  async issue(session: SessionRecord, until: Date): Promise<IssuedToken> {
    const { issuer, verifier, revocations, loader } = this.issuing;
    const told = toldSubject(session);
    const terms = { until, origin: originIn(session) };
    // A loader is asked about a token, and there is none of this session at hand but the one to be made.
    const draft = issuer.issue(told, terms);
    const verified = await verifier.verify(draft.token);
    await revocations.check(verified);
    const subject = await currentSubject(told, verified, loader);
    return subject === told ? draft : issuer.issue(subject, terms);
  }
}
