import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';

/** The members that make a key what it is, in the order of RFC 7638, section 3.2, and RFC 8037, section 2. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
  oct: ['k', 'kty'],
};

/** The public half of a key, or the whole of a secret, with no member but those that make it what it is (RFC 7517). */
export function requiredMembers(key: KeyObject): JsonWebKey {
  const plain = key.asymmetricKeyType === 'rsa-pss' ? withoutParameters(key) : key;
  const jwk = plain.export({ format: 'jwk' }) as Record<string, string>;
  return Object.fromEntries(MEMBERS[jwk.kty].map((name) => [name, jwk[name]]));
}

/**
 * The name that a key has by itself (RFC 7638). That of a secret tells as much of it as any token does: whoever guesses
 * the secret knows that the guess is right.
 */
export function thumbprint(key: KeyObject): string {
  return createHash('sha256')
    .update(JSON.stringify(requiredMembers(key)))
    .digest('base64url');
}

/** Node writes no JWK of an RSA key that is bound to PSS. The same key without the bond is in its SPKI (RFC 5280, section 4.1). */
function withoutParameters(key: KeyObject): KeyObject {
  const spki = key.export({ format: 'der', type: 'spki' });
  const algorithm = contentOf(spki, 0).start;
  const bits = contentOf(spki, contentOf(spki, algorithm).end);
  // The first byte of a bit string says how many bits of the last one are unused: none.
  return createPublicKey({ key: spki.subarray(bits.start + 1, bits.end), format: 'der', type: 'pkcs1' });
}

/** Where the content of the DER element at `offset` begins and ends (X.690, section 8.1). */
function contentOf(der: Buffer, offset: number): { start: number; end: number } {
  const first = der[offset + 1];
  const lengthBytes = first < 0x80 ? 0 : first - 0x80;
  const start = offset + 2 + lengthBytes;
  return { start, end: start + (lengthBytes === 0 ? first : der.readUIntBE(offset + 2, lengthBytes)) };
}
