import { createPublicKey, type KeyObject } from 'node:crypto';
import { PolicyConfigurationError } from '../errors.js';
import { type Algorithm, ALGORITHMS, type PairAlgorithm, type SecretAlgorithm } from './algorithms.js';
import { Jws, type Signed } from './jws.js';
import { algorithmFor, kidFor, refuseUnfit } from './key-fit.js';
import { type KeyMaterial, pairHalf, secretBytes, type SecretMaterial, secretObject } from './key-material.js';
import { weaknessOf } from './weak-secrets.js';

const PAIR_TYPES = ['RSA', 'EC', 'OKP'];

/** A key bound to its one algorithm. Made by `secretKey()`, `keyPair()` or `publicKey()`; shows nothing of its material. */
export class Key {
  readonly #jws: Jws;
  /** Whether it can sign, or only check. */
  readonly canSign: boolean;

  /** @internal */
  constructor(
    readonly alg: Algorithm,
    readonly kid: string | undefined,
    verifying: KeyObject,
    signing?: KeyObject,
  ) {
    this.canSign = signing !== undefined;
    this.#jws = new Jws({ alg, kid, verifying, signing });
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

  /** @internal The first segment of the tokens that it signs. */
  headerText(type: string): string {
    return this.#jws.headerText(type);
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
  const alg = algorithmFor(name, ['oct'], option) as SecretAlgorithm;
  const { minBytes } = ALGORITHMS[alg];
  const fix =
    `make one with: node -e "console.log(require('crypto').randomBytes(${minBytes}).toString('base64url'))"` +
    ' and keep it out of the source, for example in the environment';
  const bytes = secretBytes(secret, option, fix);
  const weakness = weaknessOf(bytes, minBytes);
  if (weakness) throw new PolicyConfigurationError(option, weakness, fix);
  const kid = kidFor(secret, given, alg, ['sign', 'verify'], option);
  const key = secretObject(bytes);
  return new Key(alg, kid, key, key);
}

/**
 * A private key and its public half: for those who issue tokens.
 *
 * @throws {PolicyConfigurationError} when it cannot be read or does not fit the algorithm.
 * @example keyPair({ privateKey: new URL('file:///etc/shop/key.pem'), alg: 'ES256', kid: '2026-11' })
 */
export function keyPair(options: { privateKey: KeyMaterial | undefined; alg: PairAlgorithm; kid?: string }): Key {
  const option = 'keys: keyPair()';
  const alg = algorithmFor(options.alg, PAIR_TYPES, option);
  const kid = kidFor(options.privateKey, options.kid, alg, ['sign'], option);
  const signing = pairHalf(options.privateKey, 'private', option);
  refuseUnfit(signing, alg, option);
  return new Key(alg, kid, createPublicKey(signing), signing);
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
  const kid = kidFor(options.key, options.kid, alg, ['verify'], option);
  const verifying = pairHalf(options.key, 'public', option);
  refuseUnfit(verifying, alg, option);
  return new Key(alg, kid, verifying);
}
