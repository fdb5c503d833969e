import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Key, keyPair, type PairAlgorithm, publicKey, secretKey } from 'nestjs-jwt-policy';
import { parseCompact } from '../../../libs/jwt-policy/src/verify/compact.js';
import { PAIRS } from '../../support/key-pairs.js';
import { mistakeOf } from '../../support/mistakes.js';

const PASSPHRASE = 'correct horse battery staple';
const ALGORITHMS = Object.keys(PAIRS) as PairAlgorithm[];

const signs = (signer: Key, verifier: Key): boolean =>
  verifier.hasSigned(parseCompact(signer.sign('at+jwt', Buffer.from('{}')), 8192));
const text = (key: KeyObject, type: 'pkcs8' | 'spki' | 'pkcs1' | 'sec1', more: object = {}): string =>
  key.export({ type, format: 'pem', ...more } as never) as unknown as string;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keys-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const fileOf = (name: string, content: string): URL => {
  writeFileSync(join(folder, name), content);
  return pathToFileURL(join(folder, name));
};

describe.each(ALGORITHMS)('a key for %s', (alg) => {
  const { privateKey, publicKey: verifying } = PAIRS[alg];
  const encrypted = { cipher: 'aes-256-cbc', passphrase: PASSPHRASE };
  const signer = keyPair({ privateKey, alg, kid: 'k' });
  const verifier = publicKey({ key: verifying, alg, kid: 'k' });
  const privateForms: [string, () => Parameters<typeof keyPair>[0]['privateKey'], string?][] = [
    ['PKCS#8', () => text(privateKey, 'pkcs8')],
    ['PKCS#8 with a passphrase', () => text(privateKey, 'pkcs8', encrypted), PASSPHRASE],
    ['a JWK', () => privateKey.export({ format: 'jwk' })],
    ['a JWK as text', () => JSON.stringify(privateKey.export({ format: 'jwk' }))],
    ['a KeyObject', () => privateKey],
    ['a file of PKCS#8', () => fileOf(`${alg}.pem`, text(privateKey, 'pkcs8'))],
    ['a file of PKCS#8, its URL as text', () => fileOf(`${alg}.pem`, text(privateKey, 'pkcs8')).href],
    [
      'a file of PKCS#8 with a passphrase',
      () => fileOf(`${alg}.enc`, text(privateKey, 'pkcs8', encrypted)),
      PASSPHRASE,
    ],
    [
      'a file of a JWK',
      () => fileOf(`${alg}.jwk`, `\n${JSON.stringify(privateKey.export({ format: 'jwk' }), null, 2)}\n`),
    ],
  ];
  const publicForms: [string, () => Parameters<typeof publicKey>[0]['key']][] = [
    ['SPKI', () => text(verifying, 'spki')],
    ['a JWK', () => verifying.export({ format: 'jwk' })],
    ['a JWK as text', () => JSON.stringify(verifying.export({ format: 'jwk' }))],
    ['a file of SPKI', () => fileOf(`${alg}.pub`, text(verifying, 'spki'))],
  ];
  if (privateKey.asymmetricKeyType === 'rsa') {
    privateForms.push(['PKCS#1', () => text(privateKey, 'pkcs1')]);
    privateForms.push(['PKCS#1 with a passphrase', () => text(privateKey, 'pkcs1', encrypted), PASSPHRASE]);
    publicForms.push(['PKCS#1', () => text(verifying, 'pkcs1')]);
  }
  if (privateKey.asymmetricKeyType === 'ec') {
    privateForms.push(['SEC1', () => text(privateKey, 'sec1')]);
    privateForms.push(['SEC1 with a passphrase', () => text(privateKey, 'sec1', encrypted), PASSPHRASE]);
  }

  it.each(privateForms.map(([name, form, passphrase]) => ({ name, form, passphrase })))(
    'is read from $name',
    ({ form, passphrase }) => {
      const read = keyPair({ privateKey: form(), passphrase, alg, kid: 'k' });
      expect(signs(read, verifier)).toBe(true);
      expect(signs(signer, read)).toBe(true);
      expect(read.thumbprint).toBe(verifier.thumbprint);
    },
  );

  it.each(publicForms)('is read as the public half from %s', (_form, form) => {
    const read = publicKey({ key: form(), alg, kid: 'k' });
    expect([signs(signer, read), read.canSign]).toEqual([true, false]);
  });

  it('is refused when it is encrypted and nothing opens it', () => {
    const sealed = text(privateKey, 'pkcs8', encrypted);
    const make = (passphrase?: string) => () => keyPair({ privateKey: sealed, passphrase, alg });
    expect(mistakeOf(make())).toMatchObject({
      option: 'keys: keyPair()',
      message: 'keys: keyPair() was given an encrypted key: give its `passphrase` as well.',
    });
    expect(mistakeOf(make('')).message).toContain('give its `passphrase` as well');
    expect(mistakeOf(make(7 as never)).message).toContain('has a `passphrase` that is not a text');
    const { message } = mistakeOf(make('wrong horse'));
    expect(message).toContain('holds a key that this passphrase does not open');
    expect(message).not.toContain('wrong horse');
  });

  it('goes by its thumbprint unless it has a name', () => {
    const nameless = keyPair({ privateKey, alg });
    expect(nameless.kid).toBe(publicKey({ key: verifying, alg }).kid);
    expect(nameless.kid).toMatch(/^[\w-]{43}$/);
    const { kid } = JSON.parse(
      Buffer.from(nameless.sign('at+jwt', Buffer.from('{}')).split('.')[0], 'base64url').toString(),
    ) as { kid: string };
    expect(kid).toBe(nameless.kid);
  });
});

it('reads a secret from a JWK, as text and in a file, and no other key in its place', () => {
  const jwk = JSON.stringify({ kty: 'oct', k: Buffer.alloc(64, 'a7Gx-').toString('base64url') });
  const one = keyPair({ privateKey: PAIRS.ES256.privateKey, alg: 'ES256' });
  expect(mistakeOf(() => secretKey(jwk)).message).toContain('repeats itself');
  const good = JSON.stringify({
    kty: 'oct',
    k: createPrivateKey(text(PAIRS.RS256.privateKey, 'pkcs8')).export({ format: 'jwk' }).d,
  });
  expect(secretKey(good).kid).toBe(secretKey(fileOf('secret.jwk', good)).kid);
  expect(mistakeOf(() => keyPair({ privateKey: good, alg: 'ES256' })).message).toContain('was given no key');
  expect(secretKey(good).isSameAs(one)).toBe(false);
  expect(mistakeOf(() => keyPair({ privateKey: '{ no JSON', alg: 'ES256' })).message).toContain('was given no key');
});

it('refuses a file that is no text, instead of reading half of it', () => {
  const bytes = Buffer.concat([Buffer.alloc(80, 'a7Gx-'), Buffer.from([0xff, 0xfe, 0x80])]);
  writeFileSync(join(folder, 'secret.bin'), bytes);
  const file = pathToFileURL(join(folder, 'secret.bin'));
  expect(mistakeOf(() => secretKey(file)).message).toContain('names a file that holds no text');
});

it('signs by Ed25519 as RFC 8037, appendix A.4, does, under its older name', () => {
  const jwk = {
    kty: 'OKP',
    crv: 'Ed25519',
    d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
    x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  };
  const key = publicKey({ key: createPublicKey({ key: jwk, format: 'jwk' }), alg: 'EdDSA' });
  const signedText = 'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc';
  const signature = Buffer.from(
    'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
    'base64url',
  );
  expect(key.hasSigned({ signedText, signature })).toBe(true);
  expect(key.hasSigned({ signedText: `${signedText}a`, signature })).toBe(false);
});
