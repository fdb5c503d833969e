import type { JsonWebKey } from 'node:crypto';
import { isIdentifier } from '../../identifier.js';
import { type AlgorithmFacts, ALGORITHMS, type PairAlgorithm } from '../algorithms.js';
import { type Key, publicKey } from '../key.js';

export type KeysByKid = ReadonlyMap<string | undefined, Key>;

export interface BoundKeys {
  readonly byKid: KeysByKid;
  /** Keys that ought to count and do not, and why. */
  readonly problems: readonly string[];
}

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
      const bound = known?.isSameAs(key) ? known : key;
      byKid.set(kid, bound);
      // What is remembered of it goes by its thumbprint.
      byKid.set(bound.kid, bound);
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
  return algorithms.find((name) => {
    const facts: AlgorithmFacts = ALGORITHMS[name];
    return facts.kty === kty && (facts.kty === 'RSA' || ('crv' in facts && facts.crv === crv));
  });
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
