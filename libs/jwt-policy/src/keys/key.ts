import { createPublicKey, type KeyObject } from 'node:crypto';
import { PolicyConfigurationError } from '../errors.js';
import {
  type Algorithm,
  ALGORITHMS,
  type AlgorithmFacts,
  isAlgorithm,
  type PairAlgorithm,
  type SecretAlgorithm,
} from './algorithms.js';
import { Jws } from './jws.js';
import { isIdentifier } from '../identifier.js';
import { isJwk, type KeyMaterial, pairHalf, secretBytes, type SecretMaterial, secretObject } from './key-material.js';
import { weaknessOf } from './weak-secrets.js';

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
  sign(type: string, claims: Readonly<Record<string, unknown>>): string {
    return this.#jws.sign(type, claims);
  }

  /** @internal */
  hasSigned(token: string): boolean {
    return this.#jws.verifies(token);
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
  options: { alg?: SecretAlgorithm; kid?: string } = {},
): Key {
  const option = 'keys: secretKey()';
  const { alg, facts } = algorithmFor(options.alg ?? 'HS512', ['oct'], option);
  const minBytes = facts.kty === 'oct' ? facts.minBytes : 0;
  const fix =
    `make one with: node -e "console.log(require('crypto').randomBytes(${minBytes}).toString('base64url'))"` +
    ' and keep it out of the source, for example in the environment';
  const bytes = secretBytes(secret, option, fix);
  const weakness = weaknessOf(bytes, minBytes);
  if (weakness) throw new PolicyConfigurationError(option, weakness, fix);
  const kid = kidFor(secret, options.kid, alg, ['sign', 'verify'], option);
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
  const { alg, facts } = algorithmFor(options.alg, ['RSA', 'EC'], option);
  const kid = kidFor(options.privateKey, options.kid, alg, ['sign'], option);
  const signing = pairHalf(options.privateKey, 'private', option);
  refuseUnfit(signing, alg, facts, option);
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
  const { alg, facts } = algorithmFor(options.alg, ['RSA', 'EC'], option);
  const kid = kidFor(options.key, options.kid, alg, ['verify'], option);
  const verifying = pairHalf(options.key, 'public', option);
  refuseUnfit(verifying, alg, facts, option);
  return new Key(alg, kid, verifying);
}

function algorithmFor(
  alg: unknown,
  types: readonly string[],
  option: string,
): { alg: Algorithm; facts: AlgorithmFacts } {
  const fitting = Object.keys(ALGORITHMS).filter((name) => types.includes(ALGORITHMS[name as Algorithm].kty));
  if (isAlgorithm(alg) && fitting.includes(alg)) return { alg, facts: ALGORITHMS[alg] };
  throw new PolicyConfigurationError(option, 'needs an `alg` that fits it', `use one of ${fitting.join(', ')}`);
}

function refuseUnfit(key: KeyObject, alg: Algorithm, facts: AlgorithmFacts, option: string): void {
  const refuse = (problem: string, fix: string): never => {
    throw new PolicyConfigurationError(option, `does not fit ${alg}: ${problem}`, fix);
  };
  const { asymmetricKeyType: type = 'unknown', asymmetricKeyDetails: details = {} } = key;
  if (facts.kty === 'RSA') {
    const fix = `make one with: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072`;
    if (!facts.keyTypes.includes(type)) refuse(`it is a key of type ${type}`, fix);
    if ((details.modulusLength ?? 0) < facts.minBits)
      refuse(`${details.modulusLength} bits where ${facts.minBits} are the least`, fix);
    if ((details.publicExponent ?? 0n) <= 1n) refuse('its public exponent is 1', fix);
    const { hashAlgorithm, mgf1HashAlgorithm } = details;
    if ([hashAlgorithm, mgf1HashAlgorithm].some((hash) => hash !== undefined && hash !== facts.hash)) {
      refuse(`the key is made for ${hashAlgorithm}`, fix);
    }
  }
  if (facts.kty === 'EC') {
    const fix = `make one with: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:${facts.curve}`;
    if (!facts.keyTypes.includes(type)) refuse(`it is a key of type ${type}`, fix);
    if (details.namedCurve !== facts.curve) refuse(`its curve is ${details.namedCurve}`, fix);
  }
}

/** What a JWK says of its own use is binding (RFC 7517, section 4). */
function kidFor(
  material: unknown,
  given: string | undefined,
  alg: Algorithm,
  uses: readonly string[],
  option: string,
): string | undefined {
  if (given !== undefined && !isIdentifier(given)) {
    throw new PolicyConfigurationError(
      option,
      'has a `kid` that is not a text of 1 to 256 characters',
      'give it a short name, or none',
    );
  }
  if (!isJwk(material)) return given;
  const refuse = (problem: string): never => {
    throw new PolicyConfigurationError(option, `was given a JWK ${problem}`, 'give a JWK made for this purpose');
  };
  const { use, key_ops: operations, alg: jwkAlg, kty, kid } = material;
  if (kid !== undefined && !isIdentifier(kid)) refuse('whose `kid` is not a text of 1 to 256 characters');
  if (kty !== ALGORITHMS[alg].kty) refuse(`whose \`kty\` does not fit ${alg}`);
  if (jwkAlg !== undefined && jwkAlg !== alg) refuse(`whose \`alg\` is not ${alg}`);
  if (use !== undefined && use !== 'sig') refuse('whose `use` is not "sig"');
  if (
    operations !== undefined &&
    !(Array.isArray(operations) && uses.every((operation) => operations.includes(operation)))
  ) {
    refuse(`whose \`key_ops\` lack ${uses.join(' and ')}`);
  }
  if (given !== undefined && kid !== undefined && kid !== given) refuse('whose `kid` is not the one in the options');
  return given ?? (kid as string | undefined);
}
