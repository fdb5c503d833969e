import { constants, createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { Algorithm, PairAlgorithm } from 'nestjs-jwt-policy';
import { base64url, goodClaims } from './tokens.js';

export interface Pair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export const rsa = (bits: number): Pair => generateKeyPairSync('rsa', { modulusLength: bits });
export const ec = (curve: string): Pair => generateKeyPairSync('ec', { namedCurve: curve });

const RSA = rsa(2048);
const ED25519: Pair = generateKeyPairSync('ed25519');
const CURVES = { ES256: ec('prime256v1'), ES384: ec('secp384r1'), ES512: ec('secp521r1') };

/** A real pair that fits each algorithm, made once. */
export const PAIRS: Readonly<Record<PairAlgorithm, Pair>> = {
  RS256: RSA,
  RS384: RSA,
  RS512: RSA,
  PS256: RSA,
  PS384: RSA,
  PS512: RSA,
  ...CURVES,
  Ed25519: ED25519,
  EdDSA: ED25519,
};

export const pem = (key: KeyObject): string =>
  key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }) as string;

/** Signs `header.payload` as the algorithm asks, whatever the header says. */
export function signatureOf(input: string, alg: Algorithm, key: KeyObject | string): Buffer {
  if (alg.startsWith('Ed')) return sign(null, Buffer.from(input), key);
  const hash = `sha${alg.slice(2)}`;
  if (alg.startsWith('HS')) return createHmac(hash, key).update(input).digest();
  if (alg.startsWith('ES')) return sign(hash, Buffer.from(input), { key: key as KeyObject, dsaEncoding: 'ieee-p1363' });
  const padding = alg.startsWith('PS') ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
  const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
  return sign(hash, Buffer.from(input), { key: key as KeyObject, padding, saltLength });
}

/** A token with good claims, signed with any algorithm and key. */
export function tokenSignedBy(
  alg: Algorithm,
  key: KeyObject | string,
  header: Record<string, unknown> = {},
  claims: Record<string, unknown> = {},
): string {
  const input = [
    { alg, typ: 'at+jwt', ...header },
    { ...goodClaims(), ...claims },
  ]
    .map((part) => base64url(JSON.stringify(part)))
    .join('.');
  return `${input}.${base64url(signatureOf(input, alg, key))}`;
}
