import type { VerifiedToken } from 'nestjs-jwt-policy';
import { checkOptions, type JwtPolicyOptions } from '../../libs/jwt-policy/src/jwt-policy.options.js';
import { TokenVerifier } from '../../libs/jwt-policy/src/verify/token-verifier.js';

/** The verifier of an app with these options, whose keys are all at hand: nothing has to be waited for. */
export function verifierFor(options: JwtPolicyOptions): { verify(token: unknown): VerifiedToken } {
  const verifier = new TokenVerifier(checkOptions(options).verify);
  return { verify: (token) => verifier.verify(token) as VerifiedToken };
}
