import { parseCompact } from '../../../libs/jwt-policy/src/verify/compact.js';
import { createSecretKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type Key,
  keyPair,
  type PairAlgorithm,
  PolicyConfigurationError,
  publicKey,
  type SecretAlgorithm,
  secretKey,
} from 'nestjs-jwt-policy';

const SECRET = randomBytes(64).toString('base64url');
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const weakRsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
const pss = generateKeyPairSync('rsa-pss', {
  modulusLength: 2048,
  hashAlgorithm: 'sha256',
  mgf1HashAlgorithm: 'sha256',
  saltLength: 32,
} as never) as unknown as typeof rsa;
const saltyPss = generateKeyPairSync('rsa-pss', {
  modulusLength: 2048,
  hashAlgorithm: 'sha256',
  mgf1HashAlgorithm: 'sha256',
  saltLength: 33,
} as never) as unknown as typeof rsa;
const anyPss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const p521 = generateKeyPairSync('ec', { namedCurve: 'P-521' });
const ed25519 = generateKeyPairSync('ed25519');
const pem = (key: { privateKey: KeyObject; publicKey: KeyObject }): { privateKey: string; publicKey: string } => ({
  privateKey: key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  publicKey: key.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
});
// Random letters, the last one like the first: no repetition.
const secret = (bytes: number): string =>
  randomBytes(bytes)
    .toString('latin1')
    .replace(/[^a-z]/gi, 'x')
    .replace(/^.|.$/g, 'x');
const signs = (signer: Key, verifier: Key = signer): boolean =>
  verifier.hasSigned(parseCompact(signer.sign('at+jwt', Buffer.from('{}')), 8192));
const problem = (make: () => unknown): string => {
  try {
    make();
  } catch (error) {
    if (error instanceof PolicyConfigurationError) return error.message;
    throw error;
  }
  return 'accepted';
};

describe('secretKey()', () => {
  it.each<[SecretAlgorithm, number]>([
    ['HS256', 32],
    ['HS384', 48],
    ['HS512', 64],
  ])('signs with %s from %i bytes on', (alg, bytes) => {
    expect(signs(secretKey(secret(bytes), { alg }))).toBe(true);
    expect(problem(() => secretKey(secret(bytes - 1), { alg }))).toContain(
      `has ${bytes - 1} bytes where ${bytes} are the least`,
    );
  });

  it('defaults to HS512, and counts bytes rather than characters', () => {
    expect(secretKey('äöüß'.repeat(7) + randomBytes(8).toString('hex')).alg).toBe('HS512');
  });

  it('takes bytes, a KeyObject, a JWK and a file for the same secret', () => {
    const bytes = randomBytes(64);
    const folder = mkdtempSync(join(tmpdir(), 'keys-'));
    const text = bytes.toString('hex');
    writeFileSync(join(folder, 'secret'), `${text}\n`);
    const signer = secretKey(bytes);
    expect(signs(signer, secretKey(createSecretKey(bytes)))).toBe(true);
    expect(signs(signer, secretKey({ kty: 'oct', k: bytes.toString('base64url') }))).toBe(true);
    expect(signs(secretKey(text), secretKey(pathToFileURL(join(folder, 'secret'))))).toBe(true);
    expect(signs(secretKey(text), secretKey(pathToFileURL(join(folder, 'secret')).href))).toBe(true);
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['nothing', undefined, 'was given no secret'],
    ['an empty text', '', 'was given no secret'],
    ['a private KeyObject', rsa.privateKey, 'was given no secret'],
    ['a JWK of another family', { kty: 'RSA', n: 'x', e: 'AQAB' }, 'was given no secret'],
    ['one character over and over', 'a'.repeat(80), 'repeats itself after 1 bytes'],
    ['a short text over and over', 'correct-horse-'.repeat(9), 'repeats itself after 14 bytes'],
    ['an example', 'changeme', 'is an example'],
    ['the example of the tutorial', 'myJWTsecret100#', 'is an example'],
    ['an example over and over', 'secret'.repeat(20), 'is an example'],
    [
      'the placeholder of the Nest documentation',
      'DO NOT USE THIS VALUE. INSTEAD, CREATE A COMPLEX SECRET AND KEEP IT SAFE OUTSIDE OF THE SOURCE CODE.',
      'is an example',
    ],
    ['a public key', pem(rsa).publicKey, 'holds a key in PEM'],
    [
      'a public key within other text',
      `${randomBytes(64).toString('hex')} ${pem(p256).publicKey}`,
      'holds a key in PEM',
    ],
    ['a JWK as text', JSON.stringify(rsa.publicKey.export({ format: 'jwk' })), 'holds a key in PEM, JWK'],
    ['a JWKS as text', JSON.stringify({ keys: [rsa.publicKey.export({ format: 'jwk' })] }), 'holds a key in PEM, JWK'],
    [
      'an ssh key',
      `ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB${randomBytes(64).toString('hex')} me@home`,
      'holds a key in PEM, JWK, DER or ssh form',
    ],
    [
      'a public key of RFC 4716',
      `---- BEGIN SSH2 PUBLIC KEY ----\n${randomBytes(64).toString('base64')}`,
      'holds a key',
    ],
    ['an ssh key after a tab', `ssh-rsa\tAAAAB3NzaC1yc2E${randomBytes(64).toString('hex')}`, 'holds a key'],
    [
      'a JWK within a JSON text',
      JSON.stringify(JSON.stringify(rsa.publicKey.export({ format: 'jwk' }))),
      'holds a key',
    ],
    ['a PEM key in base64', Buffer.from(pem(rsa).publicKey).toString('base64'), 'holds a key'],
    ['the body of a PEM key', pem(rsa).publicKey.split('\n').slice(1, -2).join(''), 'holds a key'],
    ['the bytes of a public key', rsa.publicKey.export({ type: 'pkcs1', format: 'der' }), 'holds a key'],
    ['a PEM key of two bytes a character', Buffer.from(pem(rsa).publicKey, 'utf16le'), 'holds a key'],
    ['a file that is not there', new URL('file:///no/such/file'), 'names a file that cannot be read (ENOENT)'],
    [
      'a URL of another kind',
      new URL('https://shop.example/key'),
      'names a file that cannot be read (ERR_INVALID_URL_SCHEME)',
    ],
  ])('refuses %s', (_case, value, expected) => {
    const message = problem(() => secretKey(value));
    expect(message).toContain(expected);
    expect(message).toMatch(/^keys: secretKey\(\) .+: .+\.$/);
  });

  it('refuses an algorithm that is not one of its own', () => {
    expect(problem(() => secretKey(SECRET, { alg: 'RS256' as SecretAlgorithm }))).toContain(
      'use one of HS256, HS384, HS512',
    );
    expect(problem(() => secretKey(SECRET, { alg: 'none' as SecretAlgorithm }))).toContain(
      'needs an `alg` that fits it',
    );
    expect(problem(() => secretKey(SECRET, { alg: 1 as never }))).toContain('needs an `alg` that fits it');
  });

  it('refuses a kid that cannot name a key', () => {
    expect(problem(() => secretKey(SECRET, { kid: '' }))).toContain('has a `kid` that is not a text');
    expect(problem(() => secretKey(SECRET, { kid: 'a'.repeat(257) }))).toContain('has a `kid` that is not a text');
    expect(secretKey(SECRET, { kid: 'a'.repeat(256) }).kid).toHaveLength(256);
  });
});

describe('keyPair() and publicKey()', () => {
  it.each<[PairAlgorithm, { privateKey: KeyObject; publicKey: KeyObject }]>([
    ['RS256', rsa],
    ['RS384', rsa],
    ['RS512', rsa],
    ['PS256', rsa],
    ['PS384', rsa],
    ['PS512', rsa],
    ['PS256', pss],
    ['ES256', p256],
    ['ES384', p384],
    ['ES512', p521],
    ['Ed25519', ed25519],
  ])('sign and verify with %s', (alg, pair) => {
    const signer = keyPair({ privateKey: pair.privateKey, alg });
    const verifier = publicKey({ key: pair.publicKey, alg });
    expect(signs(signer)).toBe(true);
    expect(signs(signer, verifier)).toBe(true);
    expect([signer.canSign, verifier.canSign]).toEqual([true, false]);
  });

  it('take PEM text and JWKs for the same key', () => {
    const signer = keyPair({ privateKey: pem(rsa).privateKey, alg: 'RS256' });
    expect(signs(signer, publicKey({ key: pem(rsa).publicKey, alg: 'RS256' }))).toBe(true);
    expect(
      signs(
        keyPair({ privateKey: p256.privateKey.export({ format: 'jwk' }), alg: 'ES256' }),
        publicKey({ key: p256.publicKey.export({ format: 'jwk' }), alg: 'ES256' }),
      ),
    ).toBe(true);
  });

  it('do not take each other for themselves', () => {
    expect(
      signs(keyPair({ privateKey: rsa.privateKey, alg: 'PS256' }), publicKey({ key: rsa.publicKey, alg: 'RS256' })),
    ).toBe(false);
    expect(
      signs(keyPair({ privateKey: rsa.privateKey, alg: 'RS256' }), publicKey({ key: pss.publicKey, alg: 'PS256' })),
    ).toBe(false);
  });

  it.each<[string, () => Key, string]>([
    [
      'a short RSA key',
      () => keyPair({ privateKey: weakRsa.privateKey, alg: 'RS256' }),
      '1024 bits where 2048 are the least',
    ],
    ['an EC key for RSA', () => publicKey({ key: p256.publicKey, alg: 'RS256' }), 'it is a key of type ec'],
    ['a PSS key for PKCS#1 v1.5', () => publicKey({ key: pss.publicKey, alg: 'RS256' }), 'it is a key of type rsa-pss'],
    ['a PSS key with a long salt', () => publicKey({ key: saltyPss.publicKey, alg: 'PS256' }), 'its parameters are'],
    [
      'a PSS key of no hash',
      () => publicKey({ key: anyPss.publicKey, alg: 'PS256' }),
      'its parameters are those of undefined, not of sha256',
    ],
    [
      'a PSS key of another hash',
      () => publicKey({ key: pss.publicKey, alg: 'PS512' }),
      'its parameters are those of sha256, not of sha512',
    ],
    ['an RSA key for ECDSA', () => publicKey({ key: rsa.publicKey, alg: 'ES256' }), 'it is a key of type rsa'],
    [
      'an Edwards key for ECDSA',
      () => publicKey({ key: ed25519.publicKey, alg: 'ES256' }),
      'it is a key of type ed25519',
    ],
    [
      'an EC key for Ed25519',
      () => keyPair({ privateKey: p256.privateKey, alg: 'Ed25519' }),
      'it is a key of type ec: make one that fits with: npx nestjs-jwt-policy keys new --alg Ed25519',
    ],
    [
      'another Edwards key for Ed25519',
      () => publicKey({ key: generateKeyPairSync('ed448').publicKey, alg: 'Ed25519' }),
      'it is a key of type ed448',
    ],
    ['another curve', () => publicKey({ key: p384.publicKey, alg: 'ES256' }), 'its curve is secp384r1'],
    [
      'a public key to sign with',
      () => keyPair({ privateKey: pem(rsa).publicKey, alg: 'RS256' }),
      'was given a public key where a private one is needed',
    ],
    [
      'a private key to verify with',
      () => publicKey({ key: pem(rsa).privateKey, alg: 'RS256' }),
      'was given a private key where a public one is needed',
    ],
    [
      'a private JWK to verify with',
      () => publicKey({ key: p256.privateKey.export({ format: 'jwk' }), alg: 'ES256' }),
      'was given a private key where a public one is needed',
    ],
    [
      'a secret',
      () => publicKey({ key: createSecretKey(randomBytes(64)), alg: 'RS256' }),
      'was given a secret key where a public one is needed',
    ],
    ['nothing', () => keyPair({ privateKey: undefined, alg: 'RS256' }), 'was given no key'],
    ['a text that is no key', () => publicKey({ key: 'my key', alg: 'RS256' }), 'was given no key'],
    [
      'a broken PEM',
      () => publicKey({ key: '-----BEGIN PUBLIC KEY-----\nxx\n-----END PUBLIC KEY-----', alg: 'RS256' }),
      'holds a key that cannot be read',
    ],
    [
      'a broken private PEM',
      () => keyPair({ privateKey: '-----BEGIN PRIVATE KEY-----\nxx\n-----END PRIVATE KEY-----', alg: 'RS256' }),
      'holds a key that cannot be read',
    ],
    [
      'an algorithm for secrets',
      () => keyPair({ privateKey: rsa.privateKey, alg: 'HS256' as PairAlgorithm }),
      'use one of RS256',
    ],
    [
      'a file that is not there',
      () => publicKey({ key: new URL('file:///no/such/file'), alg: 'RS256' }),
      'names a file that cannot be read',
    ],
  ])('refuse %s', (_case, make, expected) => {
    expect(problem(make)).toContain(expected);
  });

  it('refuse an RSA key whose exponent is one', () => {
    const jwk = { ...rsa.publicKey.export({ format: 'jwk' }), e: 'AQ' };
    expect(problem(() => publicKey({ key: jwk, alg: 'RS256' }))).toContain('its public exponent is 1');
  });
});

describe('a JWK', () => {
  const jwk = p256.publicKey.export({ format: 'jwk' });
  const verdict = (more: object): string => problem(() => publicKey({ key: { ...jwk, ...more }, alg: 'ES256' }));

  it.each([
    [{ use: 'enc' }, '`use` is not "sig"'],
    [{ key_ops: ['sign'] }, '`key_ops` lack verify'],
    [{ key_ops: 'verify' }, '`key_ops` lack verify'],
    [{ alg: 'ES384' }, '`alg` is not ES256'],
    [{ kty: 'RSA' }, '`kty` does not fit ES256'],
    [{ kid: 7 }, '`kid` is not a text'],
  ])('is refused with %j', (more, expected) => {
    expect(verdict(more)).toContain(expected);
  });

  it('may say what it is for', () => {
    expect(verdict({ use: 'sig', key_ops: ['verify'], alg: 'ES256' })).toBe('accepted');
  });

  it('gives the key its kid, unless the options contradict', () => {
    expect(publicKey({ key: { ...jwk, kid: 'k1' }, alg: 'ES256' }).kid).toBe('k1');
    expect(publicKey({ key: { ...jwk, kid: 'k1' }, alg: 'ES256', kid: 'k1' }).kid).toBe('k1');
    expect(publicKey({ key: jwk, alg: 'ES256', kid: 'k2' }).kid).toBe('k2');
    expect(problem(() => publicKey({ key: { ...jwk, kid: 'k1' }, alg: 'ES256', kid: 'k2' }))).toContain(
      '`kid` is not the one in the options',
    );
  });
});
