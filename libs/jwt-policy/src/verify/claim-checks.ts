import type { InvalidTokenCode } from '../errors.js';
import { isIdentifier } from '../identifier.js';
import { isStringArray } from '../string-array.js';
import type { TokenNames } from './claim-names.js';
import type { JsonObject } from './strict-json.js';

/** What the claims of a token are compared with. Times are seconds since 1970, as on the wire. */
export interface ClaimRules {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly leeway: number;
  /** The longest that a token may live, if there is a limit. */
  readonly maxLifetime?: number;
  readonly names: TokenNames;
  /** What stands before `sub` in our subjects, so that two issuers cannot name the same person by chance. */
  readonly subjectPrefix: string;
  /** What stands before the id of a token, so that a token of another issuer with the same one is not taken for it. */
  readonly idPrefix: string;
}

/** Claims, and the permissions that were found in them: `null` when there is something else where they should be. */
export interface FoundClaims {
  readonly claims: JsonObject;
  readonly permissions: readonly string[] | null;
}

type ClaimCheck = (claims: JsonObject, rules: ClaimRules, now: number, found: FoundClaims) => boolean;
type Reason = string | ((names: TokenNames) => string);

/** The end of what a `Date` can hold: a later time would be a number, but no moment. */
const LAST_SECOND = 8_640_000_000_000;

const isTime = (value: unknown): value is number => typeof value === 'number' && Math.abs(value) <= LAST_SECOND;
/** RFC 7519, section 4.1, and RFC 9068, section 2.2: each row is a check that must hold, and what it means if it does not. */
const CLAIM_CHECKS: readonly (readonly [holds: ClaimCheck, reason: Reason, code: InvalidTokenCode])[] = [
  [({ exp }) => isTime(exp), 'exp is missing or not a time', 'ERR_TOKEN_INVALID'],
  [({ iat }) => isTime(iat), 'iat is missing or not a time', 'ERR_TOKEN_INVALID'],
  [({ nbf }) => nbf === undefined || isTime(nbf), 'nbf is not a time', 'ERR_TOKEN_INVALID'],
  [({ iss }, { issuer }) => iss === issuer, 'issuer mismatch', 'ERR_TOKEN_INVALID'],
  [({ aud }, { audience }) => isMeantFor(aud, audience), 'audience mismatch', 'ERR_TOKEN_INVALID'],
  [
    ({ sub }, { subjectPrefix }) => isIdentifier(sub) && isIdentifier(subjectPrefix + sub),
    'sub is missing or not an identifier',
    'ERR_TOKEN_INVALID',
  ],
  [
    (claims, { names, idPrefix }) => isIdentifier(claims[names.id]) && isIdentifier(idPrefix + claims[names.id]),
    ({ id }) => `${id} is missing or not an identifier`,
    'ERR_TOKEN_INVALID',
  ],
  [
    (_claims, _rules, _now, { permissions }) => permissions !== null,
    ({ permissions }) =>
      `${typeof permissions === 'string' ? permissions : 'verify.claims'} is not an array of strings`,
    'ERR_TOKEN_INVALID',
  ],
  [
    (claims, { names }) => claims[names.name] === undefined || typeof claims[names.name] === 'string',
    ({ name }) => `${name} is not a string`,
    'ERR_TOKEN_INVALID',
  ],
  [
    (claims, { names: { session } }) => session === undefined || isIdentifierOrAbsent(claims[session]),
    'sid is not an identifier',
    'ERR_TOKEN_INVALID',
  ],
  [({ iat }, { leeway }, now) => (iat as number) <= now + leeway, 'iat in the future', 'ERR_TOKEN_INVALID'],
  [
    ({ nbf }, { leeway }, now) => nbf === undefined || (nbf as number) <= now + leeway,
    'nbf in the future',
    'ERR_TOKEN_INVALID',
  ],
  [
    ({ iat, exp }, { maxLifetime = Number.POSITIVE_INFINITY }) => (exp as number) - (iat as number) <= maxLifetime,
    'lives longer than verify.maxLifetime',
    'ERR_TOKEN_INVALID',
  ],
  [({ exp }, { leeway }, now) => now < (exp as number) + leeway, 'expired', 'ERR_TOKEN_EXPIRED'],
];

/** @returns why the claims are refused, or `null` when they hold. */
export function failedClaim(
  found: FoundClaims,
  rules: ClaimRules,
  now: number,
): { reason: string; code: InvalidTokenCode } | null {
  for (const [holds, reason, code] of CLAIM_CHECKS) {
    if (holds(found.claims, rules, now, found)) continue;
    return { reason: typeof reason === 'string' ? reason : reason(rules.names), code };
  }
  return null;
}

function isIdentifierOrAbsent(value: unknown): boolean {
  return value === undefined || isIdentifier(value);
}

function isMeantFor(aud: unknown, audience: readonly string[]): boolean {
  const named = typeof aud === 'string' ? [aud] : aud;
  return isStringArray(named) && named.some((name) => audience.includes(name));
}
