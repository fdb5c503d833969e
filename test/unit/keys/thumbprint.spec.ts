import { createPublicKey, createSecretKey, generateKeyPairSync, type JsonWebKey, randomBytes } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import { requiredMembers, thumbprint } from '../../../libs/jwt-policy/src/keys/thumbprint.js';
import { PAIRS } from '../../support/key-pairs.js';

const publicOf = (jwk: JsonWebKey) => createPublicKey({ key: jwk, format: 'jwk' });
const pss = generateKeyPairSync('rsa-pss', {
  modulusLength: 2048,
  hashAlgorithm: 'sha256',
  mgf1HashAlgorithm: 'sha256',
  saltLength: 32,
} as never) as unknown as { publicKey: ReturnType<typeof createPublicKey> };

describe('the thumbprint', () => {
  it('is the one of RFC 7638, section 3.1', () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknj' +
      'hMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQv' +
      'RL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
    expect(thumbprint(publicOf({ kty: 'RSA', n, e: 'AQAB' }))).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
  });

  it('is the one of RFC 8037, appendix A.3', () => {
    const x = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo';
    expect(thumbprint(publicOf({ kty: 'OKP', crv: 'Ed25519', x }))).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  });

  it.each(['RS256', 'ES256', 'ES384', 'ES512', 'Ed25519'] as const)(
    'of a key for %s is the one that others find',
    async (alg) => {
      const { publicKey } = PAIRS[alg];
      const jwk = publicKey.export({ format: 'jwk' });
      expect(thumbprint(publicKey)).toBe(await calculateJwkThumbprint(jwk as never));
    },
  );

  it('of a secret is the one that others find', async () => {
    const bytes = randomBytes(64);
    const jwk = { kty: 'oct', k: bytes.toString('base64url') };
    expect(thumbprint(createSecretKey(bytes))).toBe(await calculateJwkThumbprint(jwk));
  });

  it('of an RSA key that is bound to PSS is that of the same key without the bond', () => {
    const jwk = requiredMembers(pss.publicKey);
    expect(Object.keys(jwk).toSorted()).toEqual(['e', 'kty', 'n']);
    const unbound = publicOf(jwk);
    expect(unbound.asymmetricKeyType).toBe('rsa');
    expect(thumbprint(unbound)).toBe(thumbprint(pss.publicKey));
    const der = pss.publicKey.export({ format: 'der', type: 'spki' });
    expect(der.includes(unbound.export({ format: 'der', type: 'pkcs1' }))).toBe(true);
  });
});
