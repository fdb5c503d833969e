import type { JsonWebKey } from 'node:crypto';
import { isIdentifier } from '../../identifier.js';
import { ALGORITHMS, type PairAlgorithm } from '../algorithms.js';
import { type Key, publicKey } from '../key.js';

export type KeysByKid = ReadonlyMap<string | undefined, Key>;

export interface BoundKeys {
  readonly byKid: KeysByKid;
  /** Keys that ought to count and do not, and why. */
  readonly problems: readonly string[];
}

/** `crv` of the keys of an algorithm (RFC 7518, section 6.2.1.1, and RFC 8037, section 2). */
const CURVES: Partial<Record<PairAlgorithm, string>> = {
  ES256: 'P-256',
  ES384: 'P-384',
  ES512: 'P-521',
  Ed25519: 'Ed25519',
  EdDSA: 'Ed25519',
};
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

/**
 * Makes keys of a JWK Set, each for one algorithm, whatever a token will say. A key that was there before stays the same
 * object, for what is remembered of it.
 */
export function boundKeys(
  jwks: readonly JsonWebKey[],
  algorithms: readonly PairAlgorithm[],
  before: KeysByKid,
): BoundKeys {
  const byKid = new Map<string | undefined, Key>();
  const problems: string[] = [];
  const meant = jwks.filter((jwk) => isMeant(jwk, algorithms));
  for (const jwk of meant) {
    const kid = jwk.kid as string | undefined;
    try {
      refuseAmbiguous(jwk, jwks, meant);
      const key = publicKey({ key: jwk, alg: algorithmOf(jwk, algorithms) as PairAlgorithm });
      const known = before.get(kid);
      byKid.set(kid, known?.isSameAs(key) ? known : key);
    } catch (error) {
      problems.push(`${shownKid(kid)} ${problemOf(error as Error)}`);
    }
  }
  return { byKid, problems };
}

/** A set may hold keys for others, and for purposes of its own (RFC 7517, section 5). */
function isMeant(jwk: JsonWebKey, algorithms: readonly PairAlgorithm[]): boolean {
  const { kid, use, key_ops: operations } = jwk;
  return (
    (kid === undefined || isIdentifier(kid)) &&
    (use === undefined || use === 'sig') &&
    (operations === undefined || (Array.isArray(operations) && operations.includes('verify'))) &&
    algorithmOf(jwk, algorithms) !== undefined
  );
}

function algorithmOf({ kty, crv, alg }: JsonWebKey, algorithms: readonly PairAlgorithm[]): PairAlgorithm | undefined {
  if (alg !== undefined) return algorithms.find((name) => name === alg);
  return algorithms.find((name) => ALGORITHMS[name].kty === kty && (kty === 'RSA' || CURVES[name] === crv));
}

function refuseAmbiguous(jwk: JsonWebKey, all: readonly JsonWebKey[], meant: readonly JsonWebKey[]): void {
  if (PRIVATE_MEMBERS.some((name) => Object.hasOwn(jwk, name))) throw new Error('is a private key');
  if (jwk.kid === undefined && all.length > 1) throw new Error('is not the only key, and has no kid');
  if (meant.some((other) => other !== jwk && other.kid === jwk.kid)) throw new Error('is not the only key of this kid');
}

/** Without the advice, which is for the owner of a key. */
function problemOf({ message }: Error): string {
  return message.replace(/^keys: publicKey\(\) |: (?:make|give) .*$/g, '');
}

/** Without what could forge or hide a line of a log. */
function shownKid(kid: string | undefined): string {
  return kid === undefined ? 'a key' : `the key "${kid.replace(/[^ -~]/g, '?').slice(0, 64)}"`;
}
