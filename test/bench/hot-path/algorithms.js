import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { keyPair } from 'nestjs-jwt-policy';

const PAIRS = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048, ...PEM }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256', ...PEM }),
  Ed25519: () => generateKeyPairSync('ed25519', PEM),
};
const PEM = {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
};

export const ALGORITHMS = ['HS512', ...Object.keys(PAIRS)];

/** A new key, as the text that a configuration holds: a `secret`, or a `privateKey` and its `publicKey`. */
export function keyFor(alg) {
  return alg === 'HS512' ? { alg, secret: randomBytes(64).toString('base64url') } : { alg, ...PAIRS[alg]() };
}

/** Why the library cannot be measured with an algorithm; `null` if it can. */
export function missing({ alg, privateKey }) {
  if (privateKey === undefined) return null;
  try {
    keyPair({ privateKey, alg });
    return null;
  } catch (error) {
    return error.message;
  }
}
