import { OWN_NAMES } from '../../libs/jwt-policy/src/verify/claim-names.js';
import { VerifiedToken } from '../../libs/jwt-policy/src/verify/verified-token.js';
import { goodClaims } from './tokens.js';

/** One of ours, as if it had been verified. */
export function verifiedToken(claims: Record<string, unknown> = {}): VerifiedToken {
  const all = { ...goodClaims(), ...claims };
  const permissions = (all.permissions ?? []) as string[];
  return new VerifiedToken({ claims: all, permissions }, { names: OWN_NAMES, subjectPrefix: '', idPrefix: '' });
}
