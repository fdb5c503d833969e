/* oxlint-disable unicorn/consistent-function-scoping -- small helpers stand beside the claims that they serve */
import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { Controller, Get, Injectable, Module } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Test } from '@nestjs/testing';
import { Strategy } from 'passport-jwt';
import {
  allOf,
  anyOf,
  firstOf,
  Freshness,
  fromCookie,
  fromHeader,
  fromQuery,
  JwtPolicyModule,
  type KeyMaterial,
  keyPair,
  keyRing,
  Public,
  publicKey,
  RequirePermission,
  secretKey,
  type SecretMaterial,
  SecurityPolicy,
  untilHour,
} from 'nestjs-jwt-policy';
import { checkOptions } from '../../libs/jwt-policy/src/jwt-policy.options.js';
import { OPTIONS } from '../support/guarded-shop.js';
import { ec, PAIRS, pem, rsa } from '../support/key-pairs.js';
import { boot, mistake, mistakeOf } from '../support/mistakes.js';
import { SECRET } from '../support/tokens.js';

const random = (bytes: number): string => randomBytes(bytes).toString('base64url').slice(0, bytes);
const check = (options: object) => () => checkOptions({ ...OPTIONS, ...options });

describe('a shared secret', () => {
  const SIZES = [
    ['HS256', 32],
    ['HS384', 48],
    ['HS512', 64],
  ] as const;

  it.each(SIZES)('of %s may have %i bytes', (alg, size) => {
    expect(secretKey(random(size), { alg })).toMatchObject({ alg, canSign: true });
    expect(secretKey(randomBytes(size), { alg })).toMatchObject({ alg });
  });

  it.each(SIZES)('of %s is refused with a byte less than %i', (alg, size) => {
    expect(mistakeOf(() => secretKey(random(size - 1), { alg }))).toMatchObject(mistake('keys: secretKey()', /bytes/));
    expect(mistakeOf(() => secretKey(randomBytes(size - 1), { alg }))).toMatchObject(
      mistake('keys: secretKey()', /bytes/),
    );
    const object = createSecretKey(randomBytes(size - 1));
    expect(mistakeOf(() => secretKey(object, { alg }))).toMatchObject(mistake('keys: secretKey()', /bytes/));
    const jwk = { kty: 'oct', k: randomBytes(size - 1).toString('base64url') };
    expect(mistakeOf(() => secretKey(jwk, { alg }))).toMatchObject(mistake('keys: secretKey()', /bytes/));
  });

  it('is measured for HS512 when no algorithm is named', () => {
    expect(secretKey(random(64)).alg).toBe('HS512');
    expect(mistakeOf(() => secretKey(random(63)))).toMatchObject(mistake('keys: secretKey()', /63 bytes/));
  });

  it.each<[string, unknown]>([
    ['missing', undefined],
    ['null', null],
    ['empty', ''],
    ['no bytes', new Uint8Array()],
    ['a number', 12_345],
    ['an object', {}],
    ['a JWK without its k', { kty: 'oct' }],
    ['an asymmetric KeyObject', PAIRS.ES256.privateKey],
  ])('is refused when it is %s', (_what, secret) => {
    expect(mistakeOf(() => secretKey(secret as string))).toMatchObject(mistake('keys: secretKey()'));
  });

  it.each([
    'secret',
    'changeme',
    'changeme!',
    'ChangeMe',
    'myJWTsecret100#',
    'my-jwt-secret-100',
    'your-256-bit-secret',
    'a-string-secret-at-least-256-bits-long',
    'a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long',
    'DO NOT USE THIS VALUE. INSTEAD, CREATE A COMPLEX SECRET AND KEEP IT SAFE OUTSIDE OF THE SOURCE CODE.',
    'keyboard cat',
    'secret'.repeat(20),
    'myJWTsecret100#'.repeat(8),
    'changeme'.repeat(100),
  ])('is refused when everybody knows it: %s', (secret) => {
    expect(mistakeOf(() => secretKey(secret, { alg: 'HS256' }))).toMatchObject(mistake('keys: secretKey()', /example/));
  });

  it.each([
    ['one character', 'a'.repeat(64)],
    ['one NUL', Buffer.alloc(64)],
    ['two characters', 'ab'.repeat(64)],
    ['sixty-three bytes, repeated', random(63).repeat(3)],
    ['a short text, repeated and cut', random(20).repeat(10).slice(0, 199)],
  ])('is refused when it is %s', (_what, secret) => {
    expect(mistakeOf(() => secretKey(secret))).toMatchObject(mistake('keys: secretKey()', /repeats/));
  });

  const { publicKey: rsaKey, privateKey } = PAIRS.RS256;
  const jwk = rsaKey.export({ format: 'jwk' });
  const blob = rsaKey.export({ type: 'spki', format: 'der' }).toString('base64');
  const FOREIGN: [string, string][] = [
    ['a public key in PEM', pem(rsaKey)],
    ['a private key in PEM', pem(privateKey)],
    ['an RSA public key in PKCS#1', rsaKey.export({ type: 'pkcs1', format: 'pem' }) as string],
    ['an EC public key in PEM', pem(PAIRS.ES256.publicKey)],
    ['a PEM on one line', pem(rsaKey).replaceAll('\n', '\\n')],
    ['a PEM with Windows line ends', pem(rsaKey).replaceAll('\n', '\r\n')],
    ['a certificate', `-----BEGIN CERTIFICATE-----\n${blob}\n-----END CERTIFICATE-----`],
    ['a trusted certificate', `-----BEGIN TRUSTED CERTIFICATE-----\n${blob}`],
    ['a JWK', JSON.stringify(jwk)],
    ['a JWK with blanks', JSON.stringify(jwk, null, 2)],
    ['a JWK that begins with n', `{"n":"${jwk.n}", "kty" : "RSA", "e":"AQAB"}`],
    ['a JWKS', JSON.stringify({ keys: [jwk] })],
    ['an RSA key of ssh', `ssh-rsa AAAAB3NzaC1yc2E${blob} joe@shop`],
    ['an Ed25519 key of ssh', `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5${blob}`],
    ['an ECDSA key of ssh', `ecdsa-sha2-nistp256 AAAAE2VjZHNh${blob}`],
    ['a hardware key of ssh', `sk-ssh-ed25519@openssh.com AAAAGnNrLXNza${blob}`],
    ['a public key of RFC 4716', `---- BEGIN SSH2 PUBLIC KEY ----\n${blob}\n---- END SSH2 PUBLIC KEY ----`],
  ];

  it.each(FOREIGN)('is refused when it is %s', (_what, text) => {
    expect(mistakeOf(() => secretKey(text))).toMatchObject(mistake('keys: secretKey()', /not a shared secret/));
  });

  it.each(FOREIGN)('is refused when %s stands in the middle of it', (_what, text) => {
    const secret = `${random(80)}\n${text}\n${random(80)}`;
    expect(mistakeOf(() => secretKey(secret))).toMatchObject(mistake('keys: secretKey()', /not a shared secret/));
    expect(mistakeOf(() => secretKey(Buffer.from(` \t${text}`)))).toMatchObject(mistake('keys: secretKey()'));
    const wrapped = { kty: 'oct', k: Buffer.from(text).toString('base64url') };
    expect(mistakeOf(() => secretKey(wrapped))).toMatchObject(mistake('keys: secretKey()'));
  });

  it.each(['none', 'None', 'RS256', 'ES256', 'hs256', '', 'HS1', '__proto__', 'toString', null, 256, ['HS256']])(
    'is refused with the algorithm %j',
    (alg) => {
      expect(mistakeOf(() => secretKey(SECRET, { alg: alg as 'HS256' }))).toMatchObject(
        mistake('keys: secretKey()', /alg/),
      );
    },
  );

  it.each([
    { use: 'enc' },
    { alg: 'HS256' },
    { key_ops: ['verify'] },
    { key_ops: [] },
    { kid: 1 },
    { kid: '' },
    { kty: 'RSA' },
  ])('is refused as a JWK with %j', (member) => {
    const key = { kty: 'oct', k: randomBytes(64).toString('base64url'), ...member };
    expect(mistakeOf(() => secretKey(key as SecretMaterial))).toMatchObject(mistake('keys: secretKey()'));
  });

  it('is taken from a JWK that is made for it', () => {
    const key = {
      kty: 'oct',
      k: randomBytes(64).toString('base64url'),
      use: 'sig',
      alg: 'HS512',
      key_ops: ['sign', 'verify'],
      kid: 'k',
    };
    expect(secretKey(key)).toMatchObject({ alg: 'HS512', kid: 'k' });
  });

  it('is checked in a file as well', () => {
    const folder = mkdtempSync(join(tmpdir(), 'secret-'));
    const file = (text: string): URL => {
      writeFileSync(join(folder, 'secret'), text);
      return pathToFileURL(join(folder, 'secret'));
    };
    try {
      expect(secretKey(file(`${SECRET}\n`)).alg).toBe('HS512');
      expect(mistakeOf(() => secretKey(file(`${random(63)}\n`)))).toMatchObject(
        mistake('keys: secretKey()', /63 bytes/),
      );
      expect(mistakeOf(() => secretKey(file(pem(rsaKey))))).toMatchObject(mistake('keys: secretKey()'));
      expect(mistakeOf(() => secretKey(file('')))).toMatchObject(mistake('keys: secretKey()'));
      expect(mistakeOf(() => secretKey(pathToFileURL(join(folder, 'gone'))))).toMatchObject(
        mistake('keys: secretKey()', /ENOENT/),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a key pair', () => {
  const weak = rsa(1024);
  const short = rsa(2040);

  it('may have 2048 bits', () => {
    expect(keyPair({ privateKey: pem(PAIRS.RS256.privateKey), alg: 'RS256' }).canSign).toBe(true);
    expect(publicKey({ key: pem(PAIRS.RS256.publicKey), alg: 'PS512' }).canSign).toBe(false);
  });

  it.each([
    ['1024', weak],
    ['2040', short],
  ])('is refused with %s bits', (_bits, pair) => {
    for (const alg of ['RS256', 'PS384'] as const) {
      expect(mistakeOf(() => keyPair({ privateKey: pem(pair.privateKey), alg }))).toMatchObject(
        mistake('keys: keyPair()', /bits/),
      );
      expect(mistakeOf(() => publicKey({ key: pem(pair.publicKey), alg }))).toMatchObject(
        mistake('keys: publicKey()', /bits/),
      );
      const key = pair.publicKey.export({ format: 'jwk' });
      expect(mistakeOf(() => publicKey({ key, alg }))).toMatchObject(mistake('keys: publicKey()', /bits/));
    }
  });

  it('is refused with the exponent 1', () => {
    const { n } = PAIRS.RS256.publicKey.export({ format: 'jwk' });
    expect(mistakeOf(() => publicKey({ key: { kty: 'RSA', n, e: 'AQ' }, alg: 'RS256' }))).toMatchObject(
      mistake('keys: publicKey()'),
    );
  });

  const CURVES = ['ES256', 'ES384', 'ES512'] as const;
  it.each(CURVES.flatMap((alg) => CURVES.filter((other) => other !== alg).map((other) => [alg, other] as const)))(
    'of %s is refused with the curve of %s',
    (alg, other) => {
      expect(mistakeOf(() => keyPair({ privateKey: PAIRS[other].privateKey, alg }))).toMatchObject(
        mistake('keys: keyPair()', /curve/),
      );
      expect(mistakeOf(() => publicKey({ key: PAIRS[other].publicKey, alg }))).toMatchObject(
        mistake('keys: publicKey()', /curve/),
      );
    },
  );

  it('is refused with a curve that no algorithm names', () => {
    expect(mistakeOf(() => keyPair({ privateKey: ec('secp256k1').privateKey, alg: 'ES256' }))).toMatchObject(
      mistake('keys: keyPair()', /curve/),
    );
  });

  it('is refused when it is of another kind than its algorithm', () => {
    const ed = generateKeyPairSync('ed25519');
    const pss = generateKeyPairSync('rsa-pss', {
      modulusLength: 2048,
      hashAlgorithm: 'sha256',
      mgf1HashAlgorithm: 'sha256',
    });
    expect(mistakeOf(() => keyPair({ privateKey: PAIRS.ES256.privateKey, alg: 'RS256' }))).toMatchObject(
      mistake('keys: keyPair()'),
    );
    expect(mistakeOf(() => keyPair({ privateKey: PAIRS.RS256.privateKey, alg: 'ES256' }))).toMatchObject(
      mistake('keys: keyPair()'),
    );
    expect(mistakeOf(() => keyPair({ privateKey: ed.privateKey, alg: 'ES256' }))).toMatchObject(
      mistake('keys: keyPair()'),
    );
    expect(mistakeOf(() => keyPair({ privateKey: pss.privateKey, alg: 'RS256' }))).toMatchObject(
      mistake('keys: keyPair()'),
    );
    expect(mistakeOf(() => keyPair({ privateKey: pss.privateKey, alg: 'PS512' }))).toMatchObject(
      mistake('keys: keyPair()'),
    );
    expect(keyPair({ privateKey: pss.privateKey, alg: 'PS256' }).alg).toBe('PS256');
  });

  it('is refused when it is the other half', () => {
    const { privateKey: key, publicKey: open } = PAIRS.ES256;
    for (const half of [key, pem(key), key.export({ format: 'jwk' })] as KeyMaterial[]) {
      expect(mistakeOf(() => publicKey({ key: half, alg: 'ES256' }))).toMatchObject(
        mistake('keys: publicKey()', /private/),
      );
    }
    for (const half of [open, pem(open), open.export({ format: 'jwk' })]) {
      expect(mistakeOf(() => keyPair({ privateKey: half, alg: 'ES256' }))).toMatchObject(
        mistake('keys: keyPair()', /public/),
      );
    }
  });

  it.each<[string, unknown]>([
    ['missing', undefined],
    ['null', null],
    ['empty', ''],
    ['a word', 'key'],
    ['a broken PEM', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'],
    ['a PEM that ends early', pem(PAIRS.ES256.privateKey).slice(0, 80)],
    [
      'an encrypted PEM',
      PAIRS.ES256.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }),
    ],
    ['a JWKS', { keys: [PAIRS.ES256.privateKey.export({ format: 'jwk' })] }],
    ['a JWK without its numbers', { kty: 'EC', crv: 'P-256' }],
    ['a secret', createSecretKey(randomBytes(64))],
  ])('is refused when it is %s', (_what, material) => {
    expect(mistakeOf(() => keyPair({ privateKey: material as string, alg: 'ES256' }))).toMatchObject(
      mistake('keys: keyPair()'),
    );
    expect(mistakeOf(() => publicKey({ key: material as string, alg: 'ES256' }))).toMatchObject(
      mistake('keys: publicKey()'),
    );
  });

  it.each(['none', 'HS256', 'HS512', 'Ed448', 'es256', 'ES256K', '', undefined, null, '__proto__'])(
    'is refused with the algorithm %j',
    (alg) => {
      const options = { privateKey: PAIRS.ES256.privateKey, alg: alg as 'ES256' };
      expect(mistakeOf(() => keyPair(options))).toMatchObject(mistake('keys: keyPair()', /alg/));
    },
  );

  it.each([
    [{ use: 'enc' }, /use/],
    [{ use: 1 }, /use/],
    [{ key_ops: ['encrypt'] }, /key_ops/],
    [{ key_ops: 'verify' }, /key_ops/],
    [{ alg: 'ES384' }, /alg/],
    [{ alg: 'none' }, /alg/],
    [{ kty: 'RSA' }, /kty/],
    [{ kty: 'oct' }, /kty/],
    [{ kid: 5 }, /kid/],
    [{ kid: 'x'.repeat(257) }, /kid/],
  ])('is refused as a JWK with %j', (member, problem) => {
    const key = { ...PAIRS.ES256.publicKey.export({ format: 'jwk' }), ...member } as KeyMaterial;
    expect(mistakeOf(() => publicKey({ key, alg: 'ES256' }))).toMatchObject(mistake('keys: publicKey()', problem));
  });

  it('is refused when the options and the JWK name it differently', () => {
    const key = { ...PAIRS.ES256.publicKey.export({ format: 'jwk' }), kid: 'a' };
    expect(mistakeOf(() => publicKey({ key, alg: 'ES256', kid: 'b' }))).toMatchObject(
      mistake('keys: publicKey()', /kid/),
    );
  });
});

describe('a ring of keys', () => {
  const key = (kid?: string) => secretKey(random(64), { kid });

  it.each<[string, () => unknown]>([
    ['two keys of one kid', () => keyRing({ active: key('a'), retiring: [key('a')] })],
    [
      'an upcoming and a retiring key of one kid',
      () => keyRing({ active: key('a'), upcoming: [key('b')], retiring: [key('b')] }),
    ],
    ['something that is no key', () => keyRing({ active: {} as never })],
    ['no key at all', () => keyRing({ active: undefined as never })],
  ])('is refused with %s', (_what, make) => {
    expect(mistakeOf(make)).toMatchObject(mistake('keys'));
  });

  it.each(['', 'k'.repeat(257), 1, null])('is refused with the kid %j', (kid) => {
    expect(mistakeOf(() => secretKey(random(64), { kid: kid as string }))).toMatchObject(
      mistake('keys: secretKey()', /kid/),
    );
  });

  it('may hold a kid of 256 characters', () => {
    expect(key('k'.repeat(256)).kid).toHaveLength(256);
  });
});

describe('the options', () => {
  it.each<[string, string, object]>([
    ...[
      undefined,
      null,
      '',
      ' ',
      'https://shop.example ',
      '\thttps://shop.example',
      'a\nb',
      'a\0b',
      /shop/,
      1,
      {},
      ['https://shop.example'],
      true,
    ].map((issuer): [string, string, object] => [`issuer ${inspect(issuer)}`, 'issuer', { issuer }]),
    ...[
      undefined,
      null,
      '',
      '  ',
      [],
      [''],
      ['shop-api', ''],
      /shop/,
      ['shop-api', /x/],
      1,
      {},
      [['shop-api']],
      new Set(['shop-api']),
      [undefined],
    ].map((audience): [string, string, object] => [`audience ${inspect(audience)}`, 'audience', { audience }]),
    ...[
      undefined,
      null,
      SECRET,
      {},
      [],
      [secretKey(SECRET)],
      PAIRS.ES256.privateKey,
      { active: secretKey(SECRET) },
    ].map((keys): [string, string, object] => [`keys of ${typeof keys}`, 'keys', { keys }]),
    ...['Global', '', null, true, 'none', {}].map((guard): [string, string, object] => [
      `guard ${inspect(guard)}`,
      'guard',
      { guard },
    ]),
    ...[null, 'header', {}, ['header'], true].map((extract): [string, string, object] => [
      `extract ${inspect(extract)}`,
      'extract',
      { extract },
    ]),
    ...[
      '301s',
      '300.001s',
      '6m',
      '1h',
      '300001ms',
      300,
      0,
      '0',
      '3600',
      '-1s',
      '1 s',
      's',
      '1S',
      '1e3s',
      '0x10s',
      'Infinity',
      'Infinitys',
      'NaNs',
      Infinity,
      Number.NaN,
      -1,
      null,
      '',
      {},
      ['1s'],
      '1s\n',
    ].map((leeway): [string, string, object] => [
      `verify.leeway ${inspect(leeway)}`,
      'verify.leeway',
      { verify: { leeway } },
    ]),
    ...[0, 255, 16_385, 256.5, '8192', Infinity, Number.NaN, -8192, null].map(
      (maxTokenBytes): [string, string, object] => [
        `verify.maxTokenBytes ${inspect(maxTokenBytes)}`,
        'verify.maxTokenBytes',
        { verify: { maxTokenBytes } },
      ],
    ),
    ...['', ' ', 'at jwt', 'application/', 1, {}, /jwt/, 'x'.repeat(128), 'text/at+jwt'].map(
      (type): [string, string, object] => [`verify.type ${inspect(type)}`, 'verify.type', { verify: { type } }],
    ),
    ...['live', 'fresh', '', 'Token', 30, true, {}].map((freshness): [string, string, object] => [
      `identify.freshness ${inspect(freshness)} without a loader`,
      'identify.freshness',
      { identify: { freshness } },
    ]),
    ...[null, 'load', {}, true].map((load): [string, string, object] => [
      `identify.load ${inspect(load)}`,
      'identify.load',
      { identify: { load } },
    ]),
    ...['open', '', true, 'Deny', {}].map((undeclared): [string, string, object] => [
      `decide.undeclared ${inspect(undeclared)}`,
      'decide.undeclared',
      { decide: { undeclared } },
    ]),
    ...['', 1, ['view'], {}, null].map((defaultPermission): [string, string, object] => [
      `decide.defaultPermission ${inspect(defaultPermission)}`,
      'decide.defaultPermission',
      { decide: { defaultPermission } },
    ]),
    [
      'a default permission on open routes',
      'decide.defaultPermission',
      { decide: { defaultPermission: 'view', undeclared: 'allow' } },
    ],
    ...['3600', 3600, 0, '', '0s', '999ms', '-1h', 'forever', '15', '15 m', Infinity, {}, new Date(), true].map(
      (lifetime): [string, string, object] => [
        `issue.lifetime ${inspect(lifetime)}`,
        'issue.lifetime',
        { issue: { lifetime } },
      ],
    ),
    ['an unknown option', 'secret', { secret: SECRET }],
    ['another spelling of an option', 'Issuer', { Issuer: 'x' }],
    ['an option of the stock module', 'signOptions', { signOptions: {} }],
    ['an unknown option of verify', 'verify.ignoreExpiration', { verify: { ignoreExpiration: true } }],
    ['an algorithm list', 'verify.algorithms', { verify: { algorithms: ['none'] } }],
    ['an unknown option of identify', 'identify.loader', { identify: { loader: null } }],
    ['an unknown option of decide', 'decide.default', { decide: { default: 'allow' } }],
    ['an unknown option of issue', 'issue.expiresIn', { issue: { expiresIn: 3600 } }],
    ['an option of that name set to undefined', 'issue.ttl', { issue: { ttl: undefined } }],
    ...['verify', 'identify', 'decide', 'issue'].flatMap((block) =>
      [null, 'x', 1, true].map((value): [string, string, object] => [
        `${block} ${inspect(value)}`,
        block,
        { [block]: value },
      ]),
    ),
  ])('are refused with %s', (_what, option, options) => {
    expect(mistakeOf(check(options))).toMatchObject(mistake(option));
  });

  it.each<[string, object]>([
    ['a leeway of 300s', { verify: { leeway: '300s' } }],
    ['a leeway of 5m', { verify: { leeway: '5m' } }],
    ['a leeway of 300000ms', { verify: { leeway: '300000ms' } }],
    ['a leeway of 0s', { verify: { leeway: '0s' } }],
    ['tokens of 256 bytes', { verify: { maxTokenBytes: 256 } }],
    ['tokens of 16384 bytes', { verify: { maxTokenBytes: 16_384 } }],
    ['a lifetime of a second', { issue: { lifetime: '1s' } }],
    ['a lifetime of 1000ms', { issue: { lifetime: '1000ms' } }],
    ['a type with application/', { verify: { type: 'application/AT+JWT' } }],
    ['two audiences', { audience: ['shop-api', 'other'] }],
  ])('may have %s', (_what, options) => {
    expect(check(options)).not.toThrow();
  });

  it.each<[string, unknown]>([
    ['missing', undefined],
    ['null', null],
    ['text', 'https://shop.example'],
  ])('are refused when they are %s', (_what, options) => {
    expect(mistakeOf(() => checkOptions(options as never))).toMatchObject({ code: 'ERR_POLICY_CONFIGURATION' });
  });

  it('refuse hours and zones that no clock shows', () => {
    const timeZone = 'Europe/London';
    for (const hour of [-1, 24, 3.5, '3', Number.NaN, null, undefined]) {
      expect(mistakeOf(() => untilHour({ hour: hour as number, timeZone }))).toMatchObject(
        mistake('untilHour({ hour })'),
      );
    }
    for (const afterDays of [-1, 0.5, 3651, '7', null]) {
      expect(mistakeOf(() => untilHour({ hour: 3, afterDays: afterDays as number, timeZone }))).toMatchObject(
        mistake('untilHour({ afterDays })'),
      );
    }
    for (const zone of ['', 'Mars/Olympus', 'local', undefined, null, 1]) {
      expect(mistakeOf(() => untilHour({ hour: 3, timeZone: zone as string }))).toMatchObject(
        mistake('untilHour({ timeZone })'),
      );
    }
  });

  it('refuse an extractor with a name that no header or cookie can have', () => {
    for (const make of [fromHeader, fromCookie, fromQuery]) {
      for (const name of ['', ' ', 'a b', 'a;b', 'a=b', 'a\r\nb', 'ä', undefined, 1, null]) {
        expect(mistakeOf(() => make(name as string))).toMatchObject(mistake(`extract: ${make.name}()`));
      }
    }
    expect(mistakeOf(() => firstOf())).toMatchObject(mistake('extract: firstOf()'));
    expect(mistakeOf(() => firstOf('header' as never))).toMatchObject(mistake('extract: firstOf()'));
  });
});

describe('a declaration', () => {
  it.each<[string, string, () => unknown]>([
    ['@RequirePermission() without a name', '@RequirePermission()', () => RequirePermission()],
    ['an empty name', 'allOf()', () => RequirePermission('')],
    ['a name that is undefined', 'allOf()', () => RequirePermission(undefined as never)],
    ['a list of names', 'allOf()', () => RequirePermission(['view'] as never)],
    ['anyOf() of nothing', 'anyOf()', () => anyOf()],
    ['allOf() of nothing', 'allOf()', () => allOf()],
    ['anyOf() of nothing inside of allOf()', 'anyOf()', () => allOf('view', { anyOf: [] })],
    ['anyOf() of an empty name', 'anyOf()', () => anyOf('view', '')],
    ['a requirement of two kinds', 'allOf()', () => allOf({ anyOf: ['view'], allOf: ['edit'] })],
    ['a requirement of an unknown kind', 'allOf()', () => allOf({ noneOf: ['view'] } as never)],
    ['a requirement that is an empty object', 'allOf()', () => allOf({} as never)],
    ['an unknown freshness', '@Freshness()', () => Freshness('new' as never)],
    ['no freshness', '@Freshness()', () => Freshness(undefined as never)],
    ['an empty requirement by hand', 'permits()', () => new SecurityPolicy().permits(null, '')],
    ['an empty allOf by hand', 'allOf()', () => new SecurityPolicy().permits(null, { allOf: [] })],
  ])('is refused with %s', (_what, option, declare) => {
    expect(mistakeOf(declare)).toMatchObject(mistake(option));
  });

  it('is refused when it opens and closes the same method', () => {
    const contradiction = () => {
      class Contradiction {
        @Public()
        @RequirePermission('view')
        show(): void {}
      }
      return Contradiction;
    };
    expect(mistakeOf(contradiction)).toMatchObject(mistake('@Public() on show()'));
  });
});

describe('an app', () => {
  const forRoot = (options: object = {}) => JwtPolicyModule.forRoot({ ...OPTIONS, ...options });

  it('starts with good options', async () => {
    await expect(boot({ imports: [forRoot()] })).resolves.toBeUndefined();
  });

  it.each<[string, string, object]>([
    ['without an issuer', 'issuer', { issuer: '' }],
    ['with a bare lifetime', 'issue.lifetime', { issue: { lifetime: '3600' } }],
    ['with too much leeway', 'verify.leeway', { verify: { leeway: '301s' } }],
    ['with an unknown option', 'secret', { secret: 'x' }],
    ['with a text for a key', 'keys', { keys: SECRET }],
  ])('does not start %s', async (_what, option, options) => {
    await expect(boot({ imports: [forRoot(options)] })).rejects.toMatchObject(mistake(option));
    await expect(
      boot({ imports: [JwtPolicyModule.forRootAsync({ useFactory: () => ({ ...OPTIONS, ...options }) })] }),
    ).rejects.toMatchObject(mistake(option));
    await expect(Test.createTestingModule({ imports: [forRoot(options)] }).compile()).rejects.toMatchObject(
      mistake(option),
    );
  });

  it.each<[string, object]>([
    ['twice in the root', { imports: [forRoot(), forRoot({ audience: 'other' })] }],
    [
      'twice, once asynchronously',
      { imports: [forRoot(), JwtPolicyModule.forRootAsync({ useFactory: () => OPTIONS })] },
    ],
    ['in the root and in a feature', { imports: [forRoot(), feature(forRoot({ issuer: 'https://other.example' }))] }],
    ['in the root and bare in a feature', { imports: [forRoot(), feature(JwtPolicyModule)] }],
    ['bare', { imports: [JwtPolicyModule] }],
    ['without options', { imports: [JwtPolicyModule.forRoot(undefined as never)] }],
    [
      'with a factory that returns nothing',
      { imports: [JwtPolicyModule.forRootAsync({ useFactory: () => undefined as never })] },
    ],
  ])('does not start with JwtPolicyModule imported %s', async (_what, metadata) => {
    await expect(boot(metadata)).rejects.toMatchObject(mistake('JwtPolicyModule'));
  });

  it('does not start with a second strategy of the name', async () => {
    @Injectable()
    class RecipeStrategy extends PassportStrategy(Strategy) {
      constructor() {
        super({ jwtFromRequest: () => null, secretOrKey: SECRET });
      }
      validate(): object {
        return {};
      }
    }
    await expect(boot({ imports: [forRoot()], providers: [RecipeStrategy] })).rejects.toMatchObject(
      mistake('RecipeStrategy', /second Passport strategy/),
    );
    @Module({ providers: [RecipeStrategy] })
    class Feature {}
    await expect(boot({ imports: [Feature, forRoot()] })).rejects.toMatchObject(mistake('RecipeStrategy'));
  });

  it('warns once of the routes that declare nothing and starts', async () => {
    @Controller()
    class Forgetful {
      @Get()
      show(): void {}
    }
    await expect(boot({ imports: [forRoot()], controllers: [Forgetful] })).resolves.toBeUndefined();
  });
});

describe('a message about a mistake', () => {
  const secret = random(63);
  const { privateKey, publicKey: open } = rsa(1024);
  const jwk = privateKey.export({ format: 'jwk' });
  const broken = pem(privateKey).replace(/[a-m]/g, '!');

  it.each<[string, string[], () => unknown]>([
    ['a short secret', [secret], () => secretKey(secret)],
    ['a repeated secret', [secret], () => secretKey(secret.repeat(2))],
    ['a known example', ['myJWTsecret'], () => secretKey('myJWTsecret100#')],
    ['a private key for a secret', pem(privateKey).split('\n').slice(1, -2), () => secretKey(pem(privateKey))],
    [
      'a weak pair',
      pem(privateKey).split('\n').slice(1, -2),
      () => keyPair({ privateKey: pem(privateKey), alg: 'RS256' }),
    ],
    ['a weak JWK', [String(jwk.d), String(jwk.p)], () => keyPair({ privateKey: jwk, alg: 'RS256' })],
    ['a JWK of another use', [String(jwk.d)], () => keyPair({ privateKey: { ...jwk, use: 'enc' }, alg: 'RS256' })],
    ['a private key for a public one', [String(jwk.d)], () => publicKey({ key: jwk, alg: 'RS256' })],
    ['a broken PEM', broken.split('\n').slice(1, -2), () => keyPair({ privateKey: broken, alg: 'RS256' })],
    ['a public key', [pem(open).split('\n')[1]], () => keyPair({ privateKey: open, alg: 'RS256' })],
    ['a secret for keys', [SECRET], check({ keys: SECRET })],
    ['a secret for an issuer', [SECRET], check({ issuer: ` ${SECRET}` })],
    ['a secret for a guard', [SECRET], check({ guard: SECRET })],
    ['a secret for a lifetime', [SECRET], check({ issue: { lifetime: SECRET } })],
    ['a secret in a file name', [SECRET], () => secretKey(`file:///${SECRET}`)],
  ])('about %s does not repeat it', (_what, parts, configure) => {
    const error = mistakeOf(configure);
    const shown = [inspect(error, { depth: 10 }), JSON.stringify(error), String(error.stack), String(error.cause)].join(
      '\n',
    );
    expect(parts.filter((part) => shown.includes(part))).toEqual([]);
    expect(parts.length).toBeGreaterThan(0);
  });
});

function feature(imported: object): object {
  class Feature {}
  Module({ imports: [imported as never] })(Feature);
  return Feature;
}
