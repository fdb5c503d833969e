import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { type PairAlgorithm, PolicyConfigurationError, PolicyUnavailable } from 'nestjs-jwt-policy';
import type { Key } from '../../../libs/jwt-policy/src/keys/key.js';
import { discoveredJwks, type RemoteJwks, remoteJwks } from '../../../libs/jwt-policy/src/keys/remote/remote-jwks.js';
import type { RemoteJwksOptions } from '../../../libs/jwt-policy/src/keys/remote/remote-jwks-options.js';
import { parseCompact } from '../../../libs/jwt-policy/src/verify/compact.js';
import { ec, PAIRS, rsa, tokenSignedBy } from '../../support/key-pairs.js';
import { json, type Jwk, jwkOf, KeyServer, silence, status } from '../../support/key-server.js';
import { mistakeOf } from '../../support/mistakes.js';
import { until } from '../../support/until.js';

const FAST: RemoteJwksOptions = { algorithms: ['ES256'], timeout: '2s', cooldown: '100ms' };
const SLOW: RemoteJwksOptions = { algorithms: ['ES256'] };
const [a, b, c] = [ec('P-256'), ec('P-256'), ec('P-256')];
const keyA = jwkOf(a, { kid: 'a' });
const keyB = jwkOf(b, { kid: 'b' });
const weak = jwkOf(rsa(1024), { kid: 'weak' });

let server: KeyServer;
let opened: RemoteJwks[] = [];
let reports: Error[] = [];
// Jest compiles it first, which takes longer than a fetch may.
beforeAll(() => import('jose'));
beforeEach(async () => {
  server = await KeyServer.start(keyA);
  reports = [];
});
afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(opened.map((keys) => keys.close()));
  opened = [];
  await server.stop();
});

async function open(keys: RemoteJwks): Promise<RemoteJwks> {
  opened.push(keys);
  await keys.open((problem) => reports.push(problem));
  return keys;
}
const openRemote = (options: RemoteJwksOptions = FAST): Promise<RemoteJwks> => open(remoteJwks(server.url, options));
const messages = (): string[] => reports.map(({ message }) => message);
const cooldown = (): Promise<void> => delay(130);
const outage = (keys: RemoteJwks, kid?: string): Promise<unknown> =>
  keys.seek(kid).then(
    () => 'no outage',
    (error: unknown) => error,
  );

/** For whoever asks how long something takes, so much time has passed since the test began, and goes on passing. */
function later(milliseconds: number): void {
  jest.restoreAllMocks();
  const now = performance.now.bind(performance);
  jest.spyOn(performance, 'now').mockImplementation(() => now() + milliseconds);
}

describe('remoteJwks()', () => {
  it.each<[PairAlgorithm, string]>([
    ['RS256', 'RSA'],
    ['PS512', 'RSA'],
    ['ES256', 'EC'],
    ['ES384', 'EC'],
    ['ES512', 'EC'],
    ['Ed25519', 'OKP'],
  ])('verifies what a published %s key has signed', async (alg, kty) => {
    server.publish(jwkOf(PAIRS[alg], { kid: 'x', alg }));
    const key = (await openRemote({ algorithms: [alg] })).find('x');
    const token = parseCompact(tokenSignedBy(alg, PAIRS[alg].privateKey, { kid: 'x' }), 8192);
    expect(key).toMatchObject({ alg, kid: 'x', canSign: false });
    expect(key?.hasSigned(token)).toBe(true);
    expect(key?.hasSigned({ signedText: `${token.signedText}x`, signature: token.signature })).toBe(false);
    expect(jwkOf(PAIRS[alg]).kty).toBe(kty);
    expect(reports).toEqual([]);
  });

  it('asks for JSON at exactly the address that it was given', async () => {
    let accept: string | undefined;
    server.behaviour = (request, response) => {
      accept = request.headers.accept;
      json({ keys: [keyA] })(request, response);
    };
    await open(remoteJwks(new URL(`${server.url}?tenant=shop`), FAST));
    expect(server.requests).toEqual(['/jwks?tenant=shop']);
    expect(accept).toContain('application/json');
  });

  it('shows nothing of itself but the issuer', async () => {
    const keys = await open(remoteJwks(`${server.url}?key=secret`, FAST));
    expect(inspect(keys, { showHidden: true })).not.toMatch(/secret|127\.0\.0\.1/);
    expect(JSON.stringify(keys)).toBe('{}');
    expect(keys.issuer).toBeUndefined();
    expect(JSON.stringify(discoveredJwks(server.issuer, FAST))).toBe(JSON.stringify({ issuer: server.issuer }));
  });

  it.each([
    ['nothing', undefined, /is not (a|the text of a) URL/],
    ['a path', '/jwks', /is not (a|the text of a) URL/],
    ['a number', 5, /is not (a|the text of a) URL/],
    ['plain http', 'http://login.example/jwks', 'is not an https: address'],
    ['a name that begins like this machine', 'http://localhost.login.example/jwks', 'is not an https: address'],
    ['another address of this network', 'http://127.0.0.2/jwks', 'is not an https: address'],
    ['a file', 'file:///etc/jwks', 'is not an https: address'],
    ['data', 'data:application/json,{"keys":[]}', 'is not an https: address'],
    ['a password', 'https://me:hunter2@login.example/jwks', 'holds a name or a password'],
    ['a name', 'https://hunter2@login.example/jwks', 'holds a name or a password'],
  ])('refuses %s as the address', (_case, url, problem) => {
    for (const build of [remoteJwks, discoveredJwks]) {
      const { option, message } = mistakeOf(() => build(url as string, FAST));
      expect(option).toBe(`keys: ${build.name}()`);
      expect(message).toMatch(problem);
      expect(message).not.toContain('hunter2');
    }
  });

  it.each(['https://login.example/jwks', 'http://localhost:3000/jwks', 'http://127.0.0.1/', 'http://[::1]:3000/'])(
    'takes %s',
    (url) => expect(remoteJwks(url, FAST).issuer).toBeUndefined(),
  );

  it('takes no plain http in production, not even of this machine', () => {
    const before = process.env.NODE_ENV;
    process.env.NODE_ENV = 'production';
    try {
      expect(mistakeOf(() => remoteJwks(server.url, FAST)).message).toContain('as production needs');
      expect(mistakeOf(() => discoveredJwks(server.issuer, FAST)).message).toContain('as production needs');
      expect(discoveredJwks('https://login.example', FAST).issuer).toBe('https://login.example');
    } finally {
      process.env.NODE_ENV = before;
    }
  });

  it.each<[string, unknown, string, string]>([
    ['no options', undefined, '', 'got options that are no object'],
    ['a list', ['ES256'], '', 'got options that are no object'],
    ['an unknown name', { ...FAST, maxage: '1m' }, ': maxage', 'is not an option'],
    ['no algorithms', {}, ': algorithms', 'is not a list of algorithms'],
    ['an empty list', { algorithms: [] }, ': algorithms', 'is not a list of algorithms'],
    ['a name instead of a list', { algorithms: 'ES256' }, ': algorithms', 'is not a list of algorithms'],
    ['an algorithm with a shared secret', { algorithms: ['RS256', 'HS256'] }, ': algorithms', 'with public keys'],
    ['none', { algorithms: ['none'] }, ': algorithms', 'is not a list of algorithms'],
    ['another spelling', { algorithms: ['es256'] }, ': algorithms', 'is not a list of algorithms'],
    ['an inherited name', { algorithms: ['constructor'] }, ': algorithms', 'is not a list of algorithms'],
    ['a hole', { algorithms: Array(1) }, ': algorithms', 'is not a list of algorithms'],
    ['a time limit without a unit', { ...FAST, timeout: 5 }, ': timeout', 'needs a duration with a unit'],
    ['no time', { ...FAST, timeout: '0s' }, ': timeout', 'is not between a millisecond and a minute'],
    ['more than a minute', { ...FAST, timeout: '61s' }, ': timeout', 'is not between a millisecond and a minute'],
    ['hardly a cooldown', { ...FAST, cooldown: '99ms' }, ': cooldown', 'is not between 100 ms and an hour'],
    ['too long a cooldown', { ...FAST, cooldown: '61m' }, ': cooldown', 'is not between 100 ms and an hour'],
    ['keys of a moment', { ...FAST, maxAge: '999ms' }, ': maxAge', 'is not between a second and a day'],
    ['keys for ever', { ...FAST, maxAge: '25h' }, ': maxAge', 'is not between a second and a day'],
  ])('refuses options with %s', (_case, options, name, problem) => {
    for (const build of [remoteJwks, discoveredJwks]) {
      const mistake = mistakeOf(() => build('https://login.example', options as RemoteJwksOptions));
      expect(mistake.option).toBe(`keys: ${build.name}()${name}`);
      expect(mistake.message).toContain(problem);
    }
  });

  it('does not notice when the list of algorithms changes after it was checked', async () => {
    const algorithms: PairAlgorithm[] = ['ES256'];
    const keys = remoteJwks(server.url, { ...FAST, algorithms });
    algorithms[0] = 'HS256' as PairAlgorithm;
    expect((await open(keys)).find('a')?.alg).toBe('ES256');
  });
});

describe('discoveredJwks()', () => {
  it('asks the issuer where its keys are, and remembers whose they are', async () => {
    const keys = await open(discoveredJwks(server.issuer, FAST));
    expect(server.requests).toEqual(['/.well-known/openid-configuration', '/jwks']);
    expect(keys.find('a')).toMatchObject({ alg: 'ES256', kid: 'a' });
    expect(keys.issuer).toBe(server.issuer);
  });

  it.each([
    ['/tenant', '/tenant/.well-known/openid-configuration'],
    ['/tenant/', '/tenant/.well-known/openid-configuration'],
    ['/', '/.well-known/openid-configuration'],
  ])('finds the document of an issuer that ends in %s', async (path, asked) => {
    server.document = { issuer: server.issuer + path, jwks_uri: server.url };
    await open(discoveredJwks(server.issuer + path, FAST));
    expect(server.requests).toEqual([asked, '/jwks']);
    expect(reports).toEqual([]);
  });

  it('follows the issuer to another place', async () => {
    const keys = await open(discoveredJwks(server.issuer, FAST));
    const elsewhere = await KeyServer.start(keyB);
    server.document = { issuer: server.issuer, jwks_uri: elsewhere.url };
    await cooldown();
    expect(await keys.seek('b')).toMatchObject({ kid: 'b' });
    expect(keys.find('a')).toBeUndefined();
    await elsewhere.stop();
  });

  it.each([
    ['no text', new URL('https://login.example'), 'is not the text of a URL'],
    ['a query', 'https://login.example?tenant=1', 'has a query or a fragment'],
    ['an empty fragment', 'https://login.example#', 'has a query or a fragment'],
  ])('refuses an issuer that is or has %s', (_case, issuer, problem) => {
    expect(mistakeOf(() => discoveredJwks(issuer as string, FAST)).message).toContain(problem);
  });
});

describe('a key of a set', () => {
  const ES = (members: Jwk): Jwk => jwkOf(b, { kid: 'x', ...members });
  const found = async (jwk: unknown, algorithms: readonly PairAlgorithm[] = ['ES256']): Promise<Key | undefined> => {
    server.publish(keyA, jwk);
    return (await openRemote({ ...FAST, algorithms })).find('x');
  };

  it.each<[string, Jwk]>([
    ['a shared secret', { kty: 'oct', kid: 'x', use: 'sig' }],
    ['a key for encryption', ES({ use: 'enc' })],
    ['a key for something odd', ES({ use: ['sig'] })],
    ['a key that may only sign', ES({ key_ops: ['sign'] })],
    ['a key whose operations are no list', ES({ key_ops: 'verify' })],
    ['a key for another algorithm', ES({ alg: 'ES384' })],
    ['a key for no signature', ES({ alg: 'ECDH-ES' })],
    ['a key whose algorithm is no name', ES({ alg: ['ES256'] })],
    ['a key of another family', jwkOf(PAIRS.RS256, { kid: 'x' })],
    ['a key of another curve', jwkOf(PAIRS.ES384, { kid: 'x' })],
    ['a key of a kind yet to come', { kty: 'AKP', kid: 'x', alg: 'ML-DSA-44', pub: 'AA' }],
    ['a key without a kind', { kid: 'x', x: 'AA' }],
    ['an empty object', {}],
    ['a kid that is a number', ES({ kid: 5 })],
    ['a kid that is null', ES({ kid: null })],
    ['an empty kid', ES({ kid: '' })],
    ['a long kid', ES({ kid: 'x'.repeat(257) })],
  ])('is passed over in silence: %s', async (_case, jwk) => {
    expect(await found(jwk)).toBeUndefined();
    expect(opened[0].find(jwk.kid as string)).toBeUndefined();
    expect(opened[0].find('a')).toBeDefined();
    expect(messages()).toEqual([]);
  });

  it.each<[string, Jwk, string]>([
    ['a private key', { ...b.privateKey.export({ format: 'jwk' }), kid: 'x' }, 'the key "x" is a private key'],
    ['half a private key', ES({ dp: 'AQAB' }), 'the key "x" is a private key'],
    ['a secret as an algorithm with public keys', ES({ kty: 'oct', k: 'AAAA', alg: 'ES256' }), 'is a private key'],
    ['a point off the curve', ES({ y: keyA.y }), 'the key "x" holds a key that cannot be read'],
    ['a key that says another curve', jwkOf(PAIRS.ES384, { kid: 'x', alg: 'ES256' }), 'its curve is secp384r1'],
    ['a key of another family than it says', { ...jwkOf(PAIRS.RS256), kid: 'x', alg: 'ES256' }, 'does not fit ES256'],
    ['a key without a kind that names its algorithm', { kid: 'x', alg: 'ES256' }, 'was given no key'],
    ['a key without kid beside another', ES({ kid: undefined }), 'a key is not the only key, and has no kid'],
    ['a kid that is there already', ES({ kid: 'a' }), 'the key "a" is not the only key of this kid'],
    ['a kid that writes a log of its own', { ...weak, kid: 'x\n\u202e\u001b[2J', alg: 'ES256' }, 'the key "x???[2J"'],
  ])('is passed over and reported: %s', async (_case, jwk, problem) => {
    server.publish(keyA, keyB, jwk);
    const keys = await openRemote();
    expect(keys.find('x')).toBeUndefined();
    expect(keys.find('b')).toBeDefined();
    expect(messages()).toHaveLength(1);
    expect(messages()[0]).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/jwks has keys that do not count: /);
    expect(messages()[0]).toContain(problem);
    expect(messages()[0]).not.toMatch(/: (make|give) |publicKey\(\)/);
  });

  it('is neither of two of one kid, even if one of them would be refused anyway', async () => {
    server.publish(keyA, keyB, jwkOf(c, { kid: 'b' }));
    const keys = await openRemote();
    expect(keys.find('b')).toBeUndefined();
    expect(messages()[0].match(/the key "b" is not the only key of this kid/g)).toHaveLength(2);
    server.publish(keyA, keyB, { ...weak, kid: 'b', alg: 'ES256' });
    await cooldown();
    expect(await keys.seek('b')).toBeUndefined();
  });

  it('may share its kid with one for another purpose', async () => {
    server.publish(keyA, jwkOf(c, { kid: 'a', use: 'enc' }));
    expect((await openRemote()).find('a')).toBeDefined();
  });

  it('needs 2048 bits', async () => {
    expect(await found({ ...weak, kid: 'x' }, ['ES256', 'RS256'])).toBeUndefined();
    expect(messages()[0]).toMatch(/the key "x" does not fit RS256: 1024 bits where 2048 are the least$/);
  });

  it('may say what it is for, or not at all', async () => {
    expect(await found(ES({ use: undefined, key_ops: ['verify'], alg: 'ES256' }))).toBeDefined();
    expect(await found(ES({ use: undefined }))).toBeDefined();
    expect(await found(ES({ kid: 'x'.repeat(256) }))).toBeUndefined();
    expect(opened[2].find('x'.repeat(256))).toBeDefined();
  });

  it.each<[string, Jwk, readonly PairAlgorithm[], PairAlgorithm]>([
    ['its own', jwkOf(PAIRS.RS256, { alg: 'PS384' }), ['RS256', 'PS384'], 'PS384'],
    ['the first of its family', jwkOf(PAIRS.RS256), ['ES256', 'PS256', 'RS256'], 'PS256'],
    ['the first of its curve', jwkOf(PAIRS.ES384), ['ES256', 'RS256', 'ES384'], 'ES384'],
    ['that of its curve', jwkOf(PAIRS.Ed25519), ['ES256', 'Ed25519'], 'Ed25519'],
    ['the older name of that', jwkOf(PAIRS.Ed25519, { alg: 'EdDSA' }), ['Ed25519', 'EdDSA'], 'EdDSA'],
  ])('is bound to one algorithm: %s', async (_case, jwk, algorithms, alg) => {
    expect((await found({ ...jwk, kid: 'x' }, algorithms))?.alg).toBe(alg);
  });

  it('counts for tokens without kid when it has none itself and is the only one', async () => {
    server.publish(jwkOf(a));
    const keys = await openRemote();
    const key = keys.find(undefined);
    expect(key).toMatchObject({ alg: 'ES256', isNamed: false });
    expect(await keys.seek(undefined)).toBe(key);
    expect(keys.find(key?.kid)).toBe(key);
  });

  it('does not count for tokens without kid when it has one', async () => {
    const keys = await openRemote();
    expect(keys.find(undefined)).toBeUndefined();
    expect(await keys.seek(undefined)).toBeUndefined();
  });

  it('takes no part in what the set links to', async () => {
    const link = `${server.issuer}/elsewhere`;
    expect(await found(ES({ jku: link, x5u: link, x5c: ['AAAA'] }))).toBeDefined();
    expect(server.requests).toEqual(['/jwks']);
  });

  it.each(['__proto__', 'constructor', 'toString'])(
    'may be called %s, and is found only if it is there',
    async (kid) => {
      expect((await openRemote()).find(kid)).toBeUndefined();
      server.behaviour = json({ keys: [jwkOf(b, { kid })] });
      await cooldown();
      expect(await opened[0].seek(kid)).toMatchObject({ kid });
    },
  );
});

describe('a set that changes', () => {
  it('brings a new key with the first token that names it', async () => {
    const keys = await openRemote();
    server.publish(keyA, keyB);
    await cooldown();
    expect(keys.find('b')).toBeUndefined();
    expect(await keys.seek('b')).toMatchObject({ kid: 'b' });
    expect(keys.find('b')).toBeDefined();
    expect(server.requests).toHaveLength(2);
  });

  it('drops a key that it holds no more', async () => {
    const keys = await openRemote();
    server.publish(keyB);
    await cooldown();
    await keys.seek('b');
    expect(keys.find('a')).toBeUndefined();
    expect(await keys.seek('a')).toBeUndefined();
  });

  it('keeps the object of a key that stays what it is', async () => {
    const keys = await openRemote();
    const before = keys.find('a');
    server.publish({ ...keyA, use: undefined, extra: 1 }, keyB);
    await cooldown();
    await keys.seek('b');
    expect(keys.find('a')).toBe(before);
  });

  it('makes another object of another key of the same kid', async () => {
    const keys = await openRemote();
    const before = keys.find('a');
    server.publish(jwkOf(c, { kid: 'a' }), keyB);
    await cooldown();
    await keys.seek('b');
    expect(keys.find('a')).not.toBe(before);
    const token = parseCompact(tokenSignedBy('ES256', a.privateKey, { kid: 'a' }), 8192);
    expect(before?.hasSigned(token)).toBe(true);
    expect(keys.find('a')?.hasSigned(token)).toBe(false);
  });

  it('makes another object of a key that is for another algorithm now', async () => {
    server.publish(jwkOf(PAIRS.RS256, { kid: 'r', alg: 'RS256' }));
    const keys = await openRemote({ ...FAST, algorithms: ['RS256', 'PS256'] });
    const before = keys.find('r');
    server.publish(jwkOf(PAIRS.RS256, { kid: 'r', alg: 'PS256' }));
    await cooldown();
    await keys.seek('other');
    expect(before?.alg).toBe('RS256');
    expect(keys.find('r')?.alg).toBe('PS256');
  });

  it('is fetched again in the background when it is old, and only once meanwhile', async () => {
    const keys = await openRemote(SLOW);
    later(599_000);
    expect(keys.find('a')).toBeDefined();
    expect(server.requests).toHaveLength(1);
    server.publish(keyB);
    later(601_000);
    for (let i = 0; i < 1_000; i += 1) expect(keys.find('a')).toBeDefined();
    await until(() => keys.find('b') !== undefined);
    expect(keys.find('a')).toBeUndefined();
    expect(server.requests).toHaveLength(2);
  });

  it('is fetched by the first look at it if nobody has opened it', async () => {
    const keys = remoteJwks(server.url, FAST);
    opened.push(keys);
    expect(keys.find('a')).toBeUndefined();
    await until(() => keys.find('a') !== undefined);
    expect(server.requests).toHaveLength(1);
  });
});

describe('a key server that is down', () => {
  it('leaves the app to start, and has it tell the operator', async () => {
    server.behaviour = status(500);
    const keys = await openRemote();
    expect(messages()).toEqual([`${server.url} answered with status 500`]);
    expect(keys.find('a')).toBeUndefined();
    const error = await outage(keys, 'a');
    expect(error).toBeInstanceOf(PolicyUnavailable);
    expect(error).toMatchObject({ reason: 'the keys of the issuer cannot be fetched', cause: reports[0] });
    expect(server.requests).toHaveLength(1);
  });

  it('may be one that nobody ever asks', async () => {
    // A port that fetch refuses: https://fetch.spec.whatwg.org/#port-blocking
    await open(remoteJwks('http://127.0.0.1:1/jwks', FAST));
    expect(messages()).toEqual(['http://127.0.0.1:1/jwks cannot be read (the request failed)']);
  });

  it('is asked again after the cooldown', async () => {
    await server.stop();
    const keys = await openRemote();
    expect(messages()).toEqual([`${server.url} cannot be read (ECONNREFUSED)`]);
    await server.start();
    expect(await outage(keys, 'a')).toBeInstanceOf(PolicyUnavailable);
    await cooldown();
    expect(await keys.seek('a')).toMatchObject({ kid: 'a' });
    expect(server.requests).toHaveLength(1);
  });

  it('leaves the known keys in force, however old, and has each fetch reported once', async () => {
    const keys = await openRemote(SLOW);
    await server.stop();
    for (const hours of [1, 24, 1_000]) {
      later(hours * 3_600_000);
      expect(keys.find('a')).toBeDefined();
      await until(() => reports.length > 0);
      expect(await outage(keys, 'b')).toBeInstanceOf(PolicyUnavailable);
      expect(keys.find('a')).toBeDefined();
      expect(await keys.seek('a')).toBeDefined();
      expect(messages()).toEqual([`${server.url} cannot be read (ECONNREFUSED)`]);
      reports = [];
    }
    await server.start();
    later(1_000_000 * 3_600_000);
    expect(await keys.seek('b')).toBeUndefined();
    expect(messages()).toEqual([]);
  });

  it('keeps nobody waiting longer than the time limit', async () => {
    const keys = await openRemote({ ...FAST, timeout: '400ms' });
    server.behaviour = silence;
    await cooldown();
    const began = performance.now();
    const waiting = await Promise.all([outage(keys, 'b'), outage(keys, 'c'), outage(keys)]);
    expect(performance.now() - began).toBeLessThan(5_000);
    for (const error of waiting) expect(error).toBeInstanceOf(PolicyUnavailable);
    expect(messages()).toEqual([`${server.url} did not answer within 400 ms`]);
    expect(server.requests).toHaveLength(2);
    expect(keys.find('a')).toBeDefined();
  });

  it('keeps the time limit over discovery and fetch together', async () => {
    server.behaviour = (request, response) => {
      setTimeout(() => json({ issuer: server.issuer, jwks_uri: server.url })(request, response), 300);
    };
    const began = performance.now();
    await open(discoveredJwks(server.issuer, { ...FAST, timeout: '500ms' }));
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(messages()).toEqual([`${server.issuer} did not answer within 500 ms`]);
    expect(server.requests).toEqual(['/.well-known/openid-configuration', '/jwks']);
  });

  it('is reported with no more than what went wrong', async () => {
    await open(remoteJwks(`${server.url}?key=hunter2`, FAST));
    server.behaviour = status(404);
    await cooldown();
    await outage(opened[0], 'hunter3');
    expect(messages()).toEqual([`${server.url} answered with status 404`]);
    expect(inspect(reports)).not.toMatch(/hunter/);
  });

  it('does not matter to those who cannot report it', async () => {
    server.behaviour = status(500);
    const keys = remoteJwks(server.url, FAST);
    opened.push(keys);
    await keys.open(() => {
      throw new Error('the log is full');
    });
    server.publish(keyA);
    await cooldown();
    expect(await keys.seek('a')).toBeDefined();
  });
});

describe('closing', () => {
  it('ends a fetch that is under way, reports nothing, and fetches no more', async () => {
    const keys = await openRemote();
    let broken = 0;
    server.behaviour = (request) => void request.socket.once('close', () => (broken += 1));
    await cooldown();
    const waiting = outage(keys, 'b');
    await until(() => server.requests.length === 2);
    await keys.close();
    expect(await waiting).toMatchObject({ cause: { message: 'the app is closed' } });
    await until(() => broken === 1);
    server.publish(keyA, keyB);
    later(3_600_000);
    expect(await outage(keys, 'b')).toBeInstanceOf(PolicyUnavailable);
    expect(keys.find('a')).toBeDefined();
    await delay(20);
    expect(server.requests).toHaveLength(2);
    expect(reports).toEqual([]);
  });

  it('ends the start, too', async () => {
    server.behaviour = silence;
    const keys = remoteJwks(server.url, SLOW);
    const opening = keys.open((problem) => reports.push(problem));
    await until(() => server.requests.length === 1);
    await keys.close();
    await opening;
    expect(reports).toEqual([]);
  });

  it('is not for ever: another app may open the same keys', async () => {
    const keys = await openRemote(SLOW);
    await keys.close();
    server.publish(keyB);
    await open(keys);
    expect(keys.find('b')).toBeDefined();
    expect(await keys.seek('c')).toBeUndefined();
  });
});

describe('two apps on the same keys', () => {
  it('do not notice when one of them closes', async () => {
    const keys = await openRemote();
    await open(keys);
    await keys.close();
    server.publish(keyB);
    await cooldown();
    expect(await keys.seek('b')).toMatchObject({ kid: 'b' });
    expect(keys.find('a')).toBeUndefined();
  });
});

describe('an issuer by https', () => {
  it('cannot name a key server by plain http, on this machine either', async () => {
    const issuer = 'https://login.example';
    const body = JSON.stringify({ issuer, jwks_uri: server.url });
    jest.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response(body));
    await open(discoveredJwks(issuer, FAST));
    expect(messages()).toEqual([expect.stringContaining('has a jwks_uri that is no https: address')]);
    expect(server.requests).toHaveLength(0);
  });
});

describe('a package jose that does not load', () => {
  afterEach(() => jest.dontMock('jose'));

  it('is not said to be missing', async () => {
    jest.resetModules();
    jest.doMock('jose', () => {
      throw new SyntaxError('Unexpected token export');
    });
    const { remoteJwks: build } = await import('../../../libs/jwt-policy/src/keys/remote/remote-jwks.js');
    const start = build(server.url, FAST).open(() => {});
    await expect(start).rejects.toThrow('need jose, which does not load (Unexpected token export)');
  });
});

describe('without the package jose', () => {
  beforeEach(() => {
    jest.doMock('jose', () => {
      throw Object.assign(new Error(`Cannot find package 'jose'`), { code: 'ERR_MODULE_NOT_FOUND' });
    });
  });
  afterEach(() => jest.dontMock('jose'));

  it('the app does not start, and says what to install', async () => {
    const start = openRemote();
    await expect(start).rejects.toThrow(PolicyConfigurationError);
    await expect(start).rejects.toThrow('keys of another issuer need the package jose: npm install jose.');
    expect(reports).toEqual([]);
    expect(server.requests).toEqual([]);
  });

  it('a token is answered 503 where nobody has waited for the start', async () => {
    const keys = remoteJwks(server.url, FAST);
    expect(keys.find('a')).toBeUndefined();
    expect(await outage(keys, 'a')).toBeInstanceOf(PolicyUnavailable);
  });
});
