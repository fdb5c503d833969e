import { type Duration, millisecondsWithin } from '../duration.js';
import { LONGEST_LIFE } from '../longest-life.js';
import { KeyRing } from '../keys/ring/key-ring.js';
import { refuseUnknown, wholeWithin } from '../option-checks.js';
import { type ClaimNames, OWN_NAMES, type TokenNames } from './claim-names.js';
import { claimNamesOf, typeOf, type TrustedIssuer, trustedIssuers, type VerifyingKeys } from './trusted-issuer.js';
import type { VerifyRules } from './token-verifier.js';

export interface VerifyOptions {
  /**
   * How far the clocks of issuer and verifier may differ; at most five minutes.
   * @defaultValue `'0s'`
   */
  leeway?: Duration;
  /**
   * Longer tokens are refused unread. In bytes, 256 to 16384 (Node takes no more than that in headers).
   * @defaultValue 8192
   */
  maxTokenBytes?: number;
  /**
   * Tokens that live longer, from `iat` to `exp`, are refused and not issued; a second to ten years. Say it if you use
   * `TokenService.revokeAll()`: what that leaves behind is kept for as long as a token can live, and without a limit for good.
   * @defaultValue none
   */
  maxLifetime?: Duration;
  /**
   * How many verified tokens are remembered, so that one that comes again costs next to nothing; whole, 0 to 1000000.
   * @defaultValue 10000
   */
  cacheSize?: number;
  /**
   * `typ` of the tokens (RFC 9068, section 2.1).
   * @defaultValue `'at+jwt'`
   */
  type?: string;
  /**
   * Where the tokens say whose they are and what they allow, if `keys` are those of another issuer.
   * @defaultValue as the library writes them: `jti`, `user_name`, `permissions`
   */
  claims?: ClaimNames;
  /**
   * Others whose tokens are accepted besides those of `issuer`.
   * @defaultValue none
   */
  issuers?: readonly TrustedIssuer[];
}

const NAMES = ['leeway', 'maxTokenBytes', 'maxLifetime', 'cacheSize', 'type', 'claims', 'issuers'];

/** @throws {PolicyConfigurationError} naming the option at fault and the fix. */
export function verifyRulesOf(
  options: VerifyOptions,
  own: { readonly issuer: string; readonly audience: readonly string[]; readonly keys: VerifyingKeys },
): VerifyRules {
  refuseUnknown(options, 'verify', NAMES);
  const { maxTokenBytes = 8192, cacheSize = 10_000 } = options;
  const leeway = leewayOf(options.leeway);
  const maxLifetime = maxLifetimeOf(options.maxLifetime);
  const shared = { audience: own.audience, leeway, maxLifetime };
  const names = namesOf(options.claims, own.keys);
  const type = typeOf(options.type, 'verify.type');
  return {
    maxTokenBytes: wholeWithin(maxTokenBytes, 'verify.maxTokenBytes', [256, 16_384], ' of bytes'),
    cacheSize: wholeWithin(cacheSize, 'verify.cacheSize', [0, 1_000_000], ''),
    leeway,
    maxLifetime,
    issuers: [
      { ...shared, issuer: own.issuer, keys: own.keys, type, names, subjectPrefix: '', idPrefix: '' },
      ...trustedIssuers(options.issuers, own.issuer, shared),
    ],
  };
}

function namesOf(claims: ClaimNames | undefined, keys: VerifyingKeys): TokenNames {
  // What a key server publishes are the keys of another issuer.
  if (claims === undefined && keys instanceof KeyRing) return OWN_NAMES;
  return claimNamesOf(claims ?? {}, 'verify.claims');
}

/** In seconds. */
function maxLifetimeOf(longest: unknown): number | undefined {
  if (longest === undefined) return undefined;
  const problem = 'is not between a second and ten years';
  const fix = `write the longest lifetime that you issue, for example '8d'`;
  return millisecondsWithin(longest, 'verify.maxLifetime', [1000, LONGEST_LIFE], problem, fix) / 1000;
}

/** In seconds. */
function leewayOf(leeway: unknown = '0s'): number {
  const problem = 'is longer than five minutes';
  const fix = 'set the clocks instead, and leave at most 5m';
  return millisecondsWithin(leeway, 'verify.leeway', [0, 300_000], problem, fix) / 1000;
}
