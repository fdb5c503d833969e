import { createSecretKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { type Algorithm, ALGORITHMS, type AlgorithmFacts } from '../keys/algorithms.js';
import { thumbprint } from '../keys/thumbprint.js';

// More than the least that is accepted: a key of today shall do for some years (NIST SP 800-57, part 1, table 2).
const RSA_BITS = 3072;

/** A key as it is written into a file. */
export interface NewKey {
  /** The PEM of a private key, or the text of a secret. Ends with a newline. */
  readonly text: string;
  /** The name that it has by itself (RFC 7638). */
  readonly thumbprint: string;
  /** The PEM of the public half; a secret has none. */
  readonly publicText?: string;
}

export function newKey(alg: Algorithm, passphrase?: string): NewKey {
  const facts: AlgorithmFacts = ALGORITHMS[alg];
  return facts.kty === 'oct' ? newSecret(facts.minBytes) : newPair(pairFor(facts), passphrase);
}

function newSecret(bytes: number): NewKey {
  const text = randomBytes(bytes).toString('base64url');
  return { text: `${text}\n`, thumbprint: thumbprint(createSecretKey(Buffer.from(text))) };
}

function newPair({ privateKey, publicKey }: Pair, passphrase?: string): NewKey {
  const encryption = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
  return {
    text: privateKey.export({ type: 'pkcs8', format: 'pem', ...encryption }).toString(),
    thumbprint: thumbprint(publicKey),
    publicText: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

interface Pair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

function pairFor(facts: Exclude<AlgorithmFacts, { kty: 'oct' }>): Pair {
  if (facts.kty === 'RSA') return generateKeyPairSync('rsa', { modulusLength: RSA_BITS });
  return facts.kty === 'EC' ? generateKeyPairSync('ec', { namedCurve: facts.curve }) : generateKeyPairSync('ed25519');
}
