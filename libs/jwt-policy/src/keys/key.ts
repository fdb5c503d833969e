import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { PolicyConfigurationError } from '../errors.js';
import { type Algorithm, ALGORITHMS, type PairAlgorithm, type SecretAlgorithm } from './algorithms.js';
import { Jws, type Signed } from './jws.js';
import { algorithmFor, howToMake, kidFor, refuseUnfit } from './key-fit.js';
import {
  type KeyMaterial,
  pairHalf,
  readMaterial,
  secretBytes,
  type SecretMaterial,
  secretObject,
} from './key-material.js';
import { requiredMembers, thumbprint } from './thumbprint.js';
import { looksTyped } from './typed-secrets.js';
import { weaknessOf } from './weak-secrets.js';

const SECRET_TYPES = ['oct'];
const PAIR_TYPES = ['RSA', 'EC', 'OKP'];

interface KeyParts {
  readonly alg: Algorithm;
  /** The name that it was given, if any. */
  readonly kid?: string;
  readonly verifying: KeyObject;
  readonly signing?: KeyObject;
  readonly looksTyped?: boolean;
}

/** A key bound to its one algorithm. Made by `secretKey()`, `keyPair()` or `publicKey()`; shows nothing of its material. */
export class Key {
  readonly #jws: Jws;
  readonly #verifying: KeyObject;
  readonly alg: Algorithm;
  /** What tokens call it: the name that it was given, or else its thumbprint (RFC 7638). */
  readonly kid: string;
  /** Whether it can sign, or only check. */
  readonly canSign: boolean;
  /** @internal Whether `kid` was given. */
  readonly isNamed: boolean;
  /** @internal Whether it is a secret that somebody seems to have made up. */
  readonly looksTyped: boolean;

  /** @internal */
  constructor({ alg, kid, verifying, signing, looksTyped: typed = false }: KeyParts) {
    this.alg = alg;
    this.isNamed = kid !== undefined;
    this.kid = kid ?? thumbprint(verifying);
    this.canSign = signing !== undefined;
    this.looksTyped = typed;
    this.#verifying = verifying;
    this.#jws = new Jws({ alg, kid: this.kid, verifying, signing });
    Object.freeze(this);
  }

  /** @internal */
  sign(type: string, payload: Buffer): string {
    return this.#jws.sign(type, payload);
  }

  /** @internal */
  hasSigned(signed: Signed): boolean {
    return this.#jws.verifies(signed);
  }

  /** @internal Whether the two are one key, whichever half of it they have. */
  isSameAs({ alg, kid, thumbprint: other }: Key): boolean {
    return this.alg === alg && this.kid === kid && this.thumbprint === other;
  }

  /** @internal The name that it has by itself. */
  get thumbprint(): string {
    return thumbprint(this.#verifying);
  }

  /** @internal What anybody may know of it (RFC 7517, section 4): of a secret, nothing. */
  get published(): JsonWebKey | null {
    if (this.#verifying.type === 'secret') return null;
    return { ...requiredMembers(this.#verifying), kid: this.kid, alg: this.alg, use: 'sig' };
  }
}

/**
 * A secret shared by those who issue and those who verify (HMAC). It needs as many random bytes as the hash is long.
 *
 * @param secret Text (its UTF-8 bytes are the secret), bytes, a JWK, a `KeyObject` or a `file:` URL.
 * @param options `alg`: HS256, HS384 or HS512. `kid`: the name of the key in token headers.
 * @defaultValue `alg` is HS512
 * @throws {PolicyConfigurationError} when it is missing, too short, repetitive, a known example or a public key.
 * @see RFC 7518, section 3.2
 * @example secretKey(process.env.JWT_SECRET)
 */
export function secretKey(
  secret: SecretMaterial | undefined,
  { alg: name = 'HS512', kid: given }: { alg?: SecretAlgorithm; kid?: string } = {},
): Key {
  const option = 'keys: secretKey()';
  const alg = algorithmFor(name, SECRET_TYPES, option) as SecretAlgorithm;
  const { minBytes } = ALGORITHMS[alg];
  const fix = `${howToMake(alg)} and keep it out of the source, for example in the environment`;
  const read = readMaterial(secret, SECRET_TYPES, option);
  const bytes = secretBytes(read, option, fix);
  const weakness = weaknessOf(bytes, minBytes);
  if (weakness) throw new PolicyConfigurationError(option, weakness, fix);
  const kid = kidFor(read, given, alg, ['sign', 'verify'], option);
  const key = secretObject(bytes);
  return new Key({ alg, kid, verifying: key, signing: key, looksTyped: looksTyped(bytes) });
}

/**
 * A private key and its public half: for those who issue tokens.
 *
 * @param options `passphrase`: of an encrypted PEM. `kid`: the name of the key in token headers; without it, its
 * thumbprint (RFC 7638).
 * @throws {PolicyConfigurationError} when it cannot be read or does not fit the algorithm.
 * @example keyPair({ privateKey: new URL('file:///etc/shop/key.pem'), alg: 'ES256', kid: '2026-11' })
 */
export function keyPair(options: {
  privateKey: KeyMaterial | undefined;
  passphrase?: string;
  alg: PairAlgorithm;
  kid?: string;
}): Key {
  const option = 'keys: keyPair()';
  const alg = algorithmFor(options.alg, PAIR_TYPES, option);
  const read = readMaterial(options.privateKey, PAIR_TYPES, option);
  const kid = kidFor(read, options.kid, alg, ['sign'], option);
  const signing = pairHalf(read, 'private', option, options.passphrase);
  refuseUnfit(signing, alg, option);
  return new Key({ alg, kid, verifying: createPublicKey(signing), signing });
}

/**
 * The public half alone: for those who only verify. `TokenService.issue` refuses to work with it.
 *
 * @throws {PolicyConfigurationError} when it cannot be read or does not fit the algorithm.
 * @example publicKey({ key: process.env.JWT_PUBLIC_KEY, alg: 'RS256' })
 */
export function publicKey(options: { key: KeyMaterial | undefined; alg: PairAlgorithm; kid?: string }): Key {
  const option = 'keys: publicKey()';
  const alg = algorithmFor(options.alg, PAIR_TYPES, option);
  const read = readMaterial(options.key, PAIR_TYPES, option);
  const kid = kidFor(read, options.kid, alg, ['verify'], option);
  const verifying = pairHalf(read, 'public', option);
  refuseUnfit(verifying, alg, option);
  return new Key({ alg, kid, verifying });
}
