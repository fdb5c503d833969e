import type { BoundedLoader } from '../identify/bounded-loader.js';
import type { Revocations } from '../identify/revocations.js';
import type { TokenVerifier } from '../verify/token-verifier.js';
import type { TokenIssuer } from './token-issuer.js';

/** What tokens are made with, and who says whether they still may be. */
export interface Issuing {
  readonly issuer: TokenIssuer;
  readonly verifier: TokenVerifier;
  readonly revocations: Revocations;
  readonly loader: BoundedLoader;
}
