import { InvalidToken, type JwtPolicyOptions, TokenService } from 'nestjs-jwt-policy';
import { checkOptions } from '../../libs/jwt-policy/src/jwt-policy.options.js';
import { Sessions } from '../../libs/jwt-policy/src/issue/sessions/sessions.js';
import { TokenRenewer } from '../../libs/jwt-policy/src/issue/token-renewer.js';
import { TokenIssuer } from '../../libs/jwt-policy/src/issue/token-issuer.js';
import { BoundedLoader } from '../../libs/jwt-policy/src/identify/bounded-loader.js';
import { Revocations } from '../../libs/jwt-policy/src/identify/revocations.js';
import { TokenVerifier } from '../../libs/jwt-policy/src/verify/token-verifier.js';

/** The token service of an app with these options, without the app. */
export function serviceFor(options: JwtPolicyOptions): TokenService {
  const { ring, issue, verify, identify, revocationRules, sessions } = checkOptions(options);
  const issuing = {
    issuer: new TokenIssuer(ring, issue),
    verifier: new TokenVerifier(verify),
    revocations: new Revocations(identify.revocations, revocationRules),
    loader: new BoundedLoader(identify.load, identify.timeout),
  };
  const { issuer, verifier, revocations } = issuing;
  const kept = new Sessions(sessions, issuing);
  const renewer = new TokenRenewer(kept.store, issuing, sessions.absolute);
  return new TokenService(issuer, verifier, revocations, kept, renewer);
}

/** What became of a text: nothing else may come out than these two. */
export type Outcome =
  | { readonly accepted: true }
  | {
      readonly refused: {
        readonly class: unknown;
        readonly message: unknown;
        readonly code: unknown;
        readonly reason: unknown;
      };
    };

export async function outcomeOf(service: TokenService, text: unknown): Promise<Outcome> {
  try {
    await service.verify(text as string);
    return { accepted: true };
  } catch (error) {
    if (!(error instanceof InvalidToken)) throw error;
    return { refused: { class: error.constructor, message: error.message, code: error.code, reason: error.reason } };
  }
}
