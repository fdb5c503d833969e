/** The signature algorithms of RFC 7518, section 3.1. */
export type Algorithm = keyof typeof ALGORITHMS;
export type SecretAlgorithm = 'HS256' | 'HS384' | 'HS512';
export type PairAlgorithm = Exclude<Algorithm, SecretAlgorithm>;

/** All we know about an algorithm. `keyTypes` and `curve` are the names that a `KeyObject` gives them. */
export type AlgorithmFacts =
  | { readonly kty: 'oct'; readonly minBytes: number }
  | {
      readonly kty: 'RSA';
      readonly minBits: number;
      readonly keyTypes: readonly string[];
      readonly hash: string;
      readonly saltBytes: number;
    }
  | { readonly kty: 'EC'; readonly curve: string; readonly keyTypes: readonly string[] };

const RS = { kty: 'RSA', minBits: 2048, keyTypes: ['rsa'] } as const;
const PS = { kty: 'RSA', minBits: 2048, keyTypes: ['rsa', 'rsa-pss'] } as const;
const ES = { kty: 'EC', keyTypes: ['ec'] } as const;

export const ALGORITHMS = {
  HS256: { kty: 'oct', minBytes: 32 },
  HS384: { kty: 'oct', minBytes: 48 },
  HS512: { kty: 'oct', minBytes: 64 },
  RS256: { ...RS, hash: 'sha256', saltBytes: 32 },
  RS384: { ...RS, hash: 'sha384', saltBytes: 48 },
  RS512: { ...RS, hash: 'sha512', saltBytes: 64 },
  PS256: { ...PS, hash: 'sha256', saltBytes: 32 },
  PS384: { ...PS, hash: 'sha384', saltBytes: 48 },
  PS512: { ...PS, hash: 'sha512', saltBytes: 64 },
  ES256: { ...ES, curve: 'prime256v1' },
  ES384: { ...ES, curve: 'secp384r1' },
  ES512: { ...ES, curve: 'secp521r1' },
} as const satisfies Record<string, AlgorithmFacts>;

export function isAlgorithm(name: unknown): name is Algorithm {
  return typeof name === 'string' && Object.hasOwn(ALGORITHMS, name);
}
