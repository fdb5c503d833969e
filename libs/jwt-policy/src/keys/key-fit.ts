import type { KeyObject } from 'node:crypto';
import { PolicyConfigurationError } from '../errors.js';
import { isIdentifier } from '../identifier.js';
import { type Algorithm, ALGORITHMS, type AlgorithmFacts, isAlgorithm } from './algorithms.js';
import { isJwk } from './key-material.js';

/** @throws {PolicyConfigurationError} when `alg` is not one for this type of key. */
export function algorithmFor(alg: unknown, types: readonly string[], option: string): Algorithm {
  const fitting = Object.entries(ALGORITHMS).flatMap(([name, { kty }]) => (types.includes(kty) ? [name] : []));
  if (isAlgorithm(alg) && fitting.includes(alg)) return alg;
  throw new PolicyConfigurationError(option, 'needs an `alg` that fits it', `use one of ${fitting.join(', ')}`);
}

/** @throws {PolicyConfigurationError} saying what is wrong and which command makes a key that fits. */
export function refuseUnfit(key: KeyObject, alg: Algorithm, option: string): void {
  const facts: AlgorithmFacts = ALGORITHMS[alg];
  const problem = misfit(key, facts);
  if (problem === null) return;
  throw new PolicyConfigurationError(option, `does not fit ${alg}: ${problem}`, howToMake(alg));
}

/** The command that makes a key which fits. */
export function howToMake(alg: Algorithm): string {
  return `make one that fits with: npx nestjs-jwt-policy keys new --alg ${alg}`;
}

function misfit({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject, facts: AlgorithmFacts): string | null {
  const type = String(asymmetricKeyType);
  const details = { ...asymmetricKeyDetails };
  if (facts.kty === 'oct' || !facts.keyTypes.includes(type)) return `it is a key of type ${type}`;
  if (facts.kty === 'OKP') return null;
  if (facts.kty === 'EC') return details.namedCurve === facts.curve ? null : `its curve is ${details.namedCurve}`;
  if (!(Number(details.modulusLength) >= facts.minBits))
    return `${details.modulusLength} bits where ${facts.minBits} are the least`;
  if (!(Number(details.publicExponent) > 1)) return 'its public exponent is 1';
  if (type === 'rsa') return null;
  const { hashAlgorithm, mgf1HashAlgorithm, saltLength } = details;
  const fits =
    hashAlgorithm === facts.hash && mgf1HashAlgorithm === facts.hash && !(Number(saltLength) > facts.saltBytes);
  return fits ? null : `its parameters are those of ${String(hashAlgorithm)}, not of ${facts.hash}`;
}

/**
 * The `kid` of a key. What a JWK says of its own use is binding (RFC 7517, section 4).
 *
 * @throws {PolicyConfigurationError} when it says something else than the options.
 */
export function kidFor(
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
