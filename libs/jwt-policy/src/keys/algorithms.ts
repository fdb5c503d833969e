import { constants, type SigningOptions } from 'node:crypto';

/**
 * The signature algorithms of RFC 7518, section 3.1, and Ed25519 under both of its names: the one of RFC 9864, section 2.2,
 * and the older one of RFC 8037, section 3.1, which many still write.
 */
export type Algorithm = keyof typeof ALGORITHMS;
export type SecretAlgorithm = 'HS256' | 'HS384' | 'HS512';
export type PairAlgorithm = Exclude<Algorithm, SecretAlgorithm>;

/**
 * All we know about an algorithm. `keyTypes` and `curve` are the names that a `KeyObject` gives them, `crv` is the one
 * of a JWK (RFC 7518, section 6.2.1.1, and RFC 8037, section 2), `signature` is how node:crypto is told of the form that RFC 7518 gives a signature.
 */
export type AlgorithmFacts =
  | { readonly kty: 'oct'; readonly minBytes: number; readonly hash: string }
  | {
      readonly kty: 'RSA';
      readonly minBits: number;
      readonly keyTypes: readonly string[];
      readonly hash: string;
      readonly saltBytes: number;
      readonly signature: SigningOptions;
    }
  | {
      readonly kty: 'EC';
      readonly curve: string;
      readonly crv: string;
      readonly keyTypes: readonly string[];
      readonly hash: string;
      readonly signature: SigningOptions;
    }
  | {
      readonly kty: 'OKP';
      readonly crv: string;
      readonly keyTypes: readonly string[];
      readonly hash: null;
      readonly signature: SigningOptions;
    };

const { RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_DIGEST } = constants;
const RS = { kty: 'RSA', minBits: 2048, keyTypes: ['rsa'], signature: { padding: RSA_PKCS1_PADDING } } as const;
const PS = {
  kty: 'RSA',
  minBits: 2048,
  keyTypes: ['rsa', 'rsa-pss'],
  signature: { padding: RSA_PKCS1_PSS_PADDING, saltLength: RSA_PSS_SALTLEN_DIGEST },
} as const;
const ED = { kty: 'OKP', crv: 'Ed25519', keyTypes: ['ed25519'], hash: null, signature: {} } as const;
const ES = { kty: 'EC', keyTypes: ['ec'], signature: { dsaEncoding: 'ieee-p1363' } } as const;

export const ALGORITHMS = {
  HS256: { kty: 'oct', minBytes: 32, hash: 'sha256' },
  HS384: { kty: 'oct', minBytes: 48, hash: 'sha384' },
  HS512: { kty: 'oct', minBytes: 64, hash: 'sha512' },
  RS256: { ...RS, hash: 'sha256', saltBytes: 32 },
  RS384: { ...RS, hash: 'sha384', saltBytes: 48 },
  RS512: { ...RS, hash: 'sha512', saltBytes: 64 },
  PS256: { ...PS, hash: 'sha256', saltBytes: 32 },
  PS384: { ...PS, hash: 'sha384', saltBytes: 48 },
  PS512: { ...PS, hash: 'sha512', saltBytes: 64 },
  ES256: { ...ES, hash: 'sha256', curve: 'prime256v1', crv: 'P-256' },
  ES384: { ...ES, hash: 'sha384', curve: 'secp384r1', crv: 'P-384' },
  ES512: { ...ES, hash: 'sha512', curve: 'secp521r1', crv: 'P-521' },
  Ed25519: ED,
  EdDSA: ED,
} as const satisfies Record<string, AlgorithmFacts>;

export function isAlgorithm(name: unknown): name is Algorithm {
  return typeof name === 'string' && Object.hasOwn(ALGORITHMS, name);
}
