import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { PolicyUnavailable } from 'nestjs-jwt-policy';
import { discoveredJwks, type RemoteJwks, remoteJwks } from '../../libs/jwt-policy/src/keys/remote/remote-jwks.js';
import type { RemoteJwksOptions } from '../../libs/jwt-policy/src/keys/remote/remote-jwks-options.js';
import { ec } from '../support/key-pairs.js';
import {
  type Behaviour,
  drip,
  endless,
  json,
  jwkOf,
  KeyServer,
  redirect,
  silence,
  status,
  text,
  torn,
} from '../support/key-server.js';
import { until } from '../support/until.js';

const OPTIONS: RemoteJwksOptions = { algorithms: ['ES256'], timeout: '1s', cooldown: '100ms' };
const PATIENT: RemoteJwksOptions = { ...OPTIONS, cooldown: '30s' };
const LIMIT = 256 * 1024;
const [pair, other] = [ec('P-256'), ec('P-256')];
const good = jwkOf(pair, { kid: 'a' });
const evil = jwkOf(other, { kid: 'evil' });
const sets = JSON.stringify({ keys: [evil] });
const BOMB = gzipSync(Buffer.alloc(1e8));
const manyKeys = (count: number): unknown => ({
  keys: Array.from({ length: count }, (_, index) => ({ ...evil, kid: index === 0 ? 'evil' : `k${index}` })),
});

let server: KeyServer;
let accomplice: KeyServer;
let reports: Error[] = [];
let opened: RemoteJwks[] = [];
// Jest compiles it first, which takes longer than a fetch may.
beforeAll(() => import('jose'));
beforeEach(async () => {
  server = await KeyServer.start(good);
  accomplice = await KeyServer.start(evil);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(opened.map((keys) => keys.close()));
  await server.stop();
  await accomplice.stop();
  opened = [];
  reports = [];
});

async function open(keys: RemoteJwks): Promise<RemoteJwks> {
  opened.push(keys);
  await keys.open((problem) => reports.push(problem));
  return keys;
}

/** For whoever asks how long something takes, the cooldown is over. */
function skipCooldown(): void {
  const now = performance.now.bind(performance);
  jest.spyOn(performance, 'now').mockImplementation(() => now() + 200);
}

/** Finds nobody let in and nobody's key taken away, and gives what the operator was told. */
async function reportOf(keys: RemoteJwks): Promise<string> {
  const began = performance.now();
  await expect(keys.seek('evil')).rejects.toThrow(PolicyUnavailable);
  expect(performance.now() - began).toBeLessThan(5_000);
  expect(keys.find('evil')).toBeUndefined();
  expect(keys.find('a')).toBeDefined();
  expect(accomplice.requests).toEqual([]);
  expect(reports).toHaveLength(1);
  // Nothing that was sent stands in it.
  expect(inspect(reports, { depth: 9 })).not.toMatch(new RegExp(`${String(evil.x)}|${String(good.x)}|evil|hunter2`));
  return reports[0].message;
}

const openRemote = (options = OPTIONS): Promise<RemoteJwks> => open(remoteJwks(server.url, options));
const openDiscovered = (): Promise<RemoteJwks> => open(discoveredJwks(server.issuer, OPTIONS));
const flood = (keys: RemoteJwks, count: number): Promise<PromiseSettledResult<unknown>[]> =>
  Promise.allSettled(Array.from({ length: count }, (_, index) => keys.seek(`kid-${index}`)));

/** What a document may not be, whichever of the two it is. */
const BAD_ANSWERS: [string, () => Behaviour, RegExp][] = [
  ['a redirect to another server', () => redirect(accomplice.url), /answered with status 302$/],
  ['a redirect for good', () => redirect(accomplice.url, 301), /answered with status 301$/],
  ['a redirect that keeps the method', () => redirect(accomplice.url, 307), /answered with status 307$/],
  ['a redirect to itself', () => redirect('/jwks'), /answered with status 302$/],
  ['a redirect with a body', () => (_request, response) => void response.writeHead(302).end(sets), /status 302$/],
  ['not found', () => status(404), /answered with status 404$/],
  ['an error', () => status(503), /answered with status 503$/],
  ['success of another kind', () => status(206), /answered with status 206$/],
  ['no content', () => status(204), /answered with status 204$/],
  ['nothing at all', () => silence, /did not answer within 1000 ms$/],
  ['one byte after another', () => drip, /did not answer within 1000 ms$/],
  ['half an answer', () => torn, /cannot be read \(UND_ERR_SOCKET\)$/],
  ['a connection that breaks', () => (request) => void request.socket.destroy(), /cannot be read \(UND_ERR_SOCKET\)$/],
  ['what is not HTTP', () => (request) => void request.socket.end('evil\r\n'), /cannot be read \([A-Z_]+\)$/],
  ['a body without end', endless, /answered with more than 256 kB$/],
  ['a body a byte too long', () => text(sets.padEnd(LIMIT + 1)), /answered with more than 256 kB$/],
  ['a bomb', () => text(BOMB, { 'content-encoding': 'gzip' }), /more than 256 kB$/],
  ['a bomb in a bomb', () => text(gzipSync(BOMB), { 'content-encoding': 'gzip, gzip' }), /more than 256 kB$/],
  ['what was never compressed', () => text(sets, { 'content-encoding': 'gzip' }), /cannot be read \(Z_[A-Z_]+\)$/],
];

/** What is not JSON, or not what is asked for. */
const BAD_TEXTS: [string, string | Buffer][] = [
  ['an empty body', ''],
  ['HTML', '<html>hunter2</html>'],
  ['half a text', sets.slice(0, -1)],
  ['two texts', sets + sets],
  ['null', 'null'],
  ['a list', `[${sets}]`],
  ['a number', '5'],
  ['a text', JSON.stringify(sets)],
  ['another object', '{"evil":true}'],
  ['no UTF-8', Buffer.from([0xff, 0xfe, 0x7b])],
  ['brackets without end', '['.repeat(200_000)],
];

describe('a key server that turns on us', () => {
  it.each(BAD_ANSWERS)('gets no key in by %s', async (_case, behaviour, report) => {
    const keys = await openRemote();
    server.behaviour = behaviour();
    skipCooldown();
    expect(await reportOf(keys)).toMatch(report);
    expect(server.requests).toHaveLength(2);
  });

  it.each([
    ...BAD_TEXTS,
    ['keys that are no list', '{"keys":{}}'],
    ['keys that are no objects', JSON.stringify({ keys: [evil, null] })],
    ['a key that is a text', JSON.stringify({ keys: [evil, 'evil'] })],
    ['a key in the place of a set', JSON.stringify(evil)],
    ['an inherited list', `{"__proto__":${sets}}`],
  ])('gets no key in by %s', async (_case, body) => {
    const keys = await openRemote();
    server.behaviour = text(body);
    skipCooldown();
    expect(await reportOf(keys)).toMatch(/answered with something else than a JWK Set$/);
  });

  it.each([
    ['an empty set', { keys: [] }, /holds no key for ES256$/],
    ['only keys for others', { keys: [{ ...evil, use: 'enc' }] }, /holds no key for ES256$/],
    ['only a shared secret', { keys: [{ kty: 'oct', kid: 'x', k: 'aHVudGVyMg', alg: 'HS256' }] }, /no key for ES256$/],
    ['only private keys', { keys: [{ ...other.privateKey.export({ format: 'jwk' }), kid: 'x' }] }, /a private key$/],
    ['more keys than anybody needs', manyKeys(101), /holds more than 100 keys$/],
  ])('takes no key away, and gets none in, by %s', async (_case, set, report) => {
    const keys = await openRemote();
    server.behaviour = json(set);
    skipCooldown();
    expect(await reportOf(keys)).toMatch(report);
  });

  it('may send as many bytes and keys as are allowed', async () => {
    server.behaviour = text(JSON.stringify(manyKeys(100)).padEnd(LIMIT));
    const keys = await openRemote();
    expect(keys.find('evil')).toBeDefined();
    expect(keys.find('k99')).toBeDefined();
    expect(reports).toEqual([]);
  });

  it('may compress what it sends, and send it in pieces', async () => {
    server.behaviour = text(gzipSync(sets), { 'content-encoding': 'gzip' });
    expect((await openRemote()).find('evil')).toBeDefined();
    server.behaviour = (_request, response) => {
      for (const character of sets) response.write(character);
      response.end();
    };
    expect((await openRemote()).find('evil')).toBeDefined();
  });

  it('is not listened to any longer than needed', async () => {
    const behaviour = endless();
    server.behaviour = behaviour;
    await openRemote();
    expect(reports[0].message).toContain('more than 256 kB');
    await delay(50);
    const { sent } = behaviour;
    await delay(50);
    expect(behaviour.sent).toBe(sent);
    // The rest fills the buffers of the two sockets.
    expect(sent).toBeLessThan(32 * 2 ** 20);
  });

  it.each([
    ['a redirect', () => redirect('/elsewhere')],
    ['an error with a long body', () => (_request, response) => void response.writeHead(500).write('x')],
  ] satisfies [string, () => Behaviour][])('leaves no connection behind after %s', async (_case, behaviour) => {
    let closed = 0;
    const answer = behaviour();
    server.behaviour = (request, response) => {
      request.socket.once('close', () => (closed += 1));
      response.setHeader('connection', 'close');
      answer(request, response);
    };
    await openRemote();
    expect(await until(() => closed === 1)).toBeLessThan(1_000);
  });
});

describe('a discovery document that turns on us', () => {
  it.each(BAD_ANSWERS)('gets no key in by %s', async (_case, behaviour, report) => {
    const keys = await openDiscovered();
    server.behaviour = behaviour();
    skipCooldown();
    expect(await reportOf(keys)).toMatch(report);
    expect(server.requests.slice(2)).toEqual(['/.well-known/openid-configuration']);
  });

  it.each(BAD_TEXTS)('gets no key in by %s', async (_case, body) => {
    const keys = await openDiscovered();
    server.behaviour = text(body);
    skipCooldown();
    expect(await reportOf(keys)).toMatch(/openid-configuration (is not a JSON object|is of another issuer)$/);
  });

  it.each<[string, (issuer: string) => unknown]>([
    ['another issuer', () => 'https://evil.example'],
    ['a slash more', (issuer) => `${issuer}/`],
    ['another case', (issuer) => issuer.toUpperCase()],
    ['a list', (issuer) => [issuer]],
    ['no issuer', () => undefined],
  ])('gets no key in by naming %s', async (_case, issuer) => {
    const keys = await openDiscovered();
    server.document = { issuer: issuer(server.issuer), jwks_uri: accomplice.url };
    skipCooldown();
    expect(await reportOf(keys)).toMatch(/openid-configuration is of another issuer$/);
  });

  it.each([
    ['nothing', undefined, /has a jwks_uri that is not a URL$/],
    ['a path', '/jwks', /has a jwks_uri that is not a URL$/],
    ['a list', ['https://evil.example'], /has a jwks_uri that is not a URL$/],
    ['plain http', 'http://evil.example/jwks', /has a jwks_uri that is not an https: address$/],
    ['the metadata of a cloud', 'http://169.254.169.254/latest', /has a jwks_uri that is not an https: address$/],
    ['a file', 'file:///etc/passwd', /has a jwks_uri that is not an https: address$/],
    ['the keys themselves', `data:application/json,${sets}`, /has a jwks_uri that is not an https: address$/],
    ['a password', 'https://me:hunter2@evil.example', /has a jwks_uri that holds a name or a password$/],
  ])('gets no key in by a jwks_uri that is %s', async (_case, uri, report) => {
    const keys = await openDiscovered();
    server.document = { issuer: server.issuer, jwks_uri: uri };
    skipCooldown();
    expect(await reportOf(keys)).toMatch(report);
  });

  it('may not lead to plain http in production', async () => {
    const keys = discoveredJwks(server.issuer, OPTIONS);
    const before = process.env.NODE_ENV;
    process.env.NODE_ENV = 'production';
    try {
      await open(keys);
    } finally {
      process.env.NODE_ENV = before;
    }
    expect(reports[0].message).toContain('has a jwks_uri that is not an https: address, as production needs');
    expect(server.requests).toHaveLength(1);
  });
});

describe('a flood of tokens with unknown kids', () => {
  it('makes no request within the cooldown of a good fetch', async () => {
    const keys = await openRemote(PATIENT);
    const results = await flood(keys, 10_000);
    expect(results.every((result) => result.status === 'fulfilled' && result.value === undefined)).toBe(true);
    expect(server.requests).toHaveLength(1);
  });

  it('makes no request within the cooldown of a failed one', async () => {
    const keys = await openRemote(PATIENT);
    await keys.close();
    server.behaviour = status(500);
    await keys.open((problem) => reports.push(problem));
    const results = await flood(keys, 10_000);
    expect(results.every(({ status: outcome }) => outcome === 'rejected')).toBe(true);
    expect(server.requests).toHaveLength(2);
    expect(reports).toHaveLength(1);
    expect(keys.find('a')).toBeDefined();
  });

  it('shares one request when it comes at once', async () => {
    const keys = await openRemote();
    server.publish(good, jwkOf(other, { kid: 'kid-7' }));
    skipCooldown();
    const results = await flood(keys, 10_000);
    expect(results.filter((result) => result.status === 'fulfilled' && result.value)).toHaveLength(1);
    expect(server.requests).toHaveLength(2);
  });

  it.each(['good', 'failing'])('makes one request a cooldown of a %s server, however long it lasts', async (state) => {
    const keys = await openRemote();
    if (state === 'failing') server.behaviour = status(500);
    const began = performance.now();
    for (let count = 0; performance.now() - began < 1_000; count += 100) {
      await flood(keys, 100);
      await delay(1);
    }
    const elapsed = performance.now() - began;
    expect(server.requests.length).toBeGreaterThan(2);
    expect(server.requests.length).toBeLessThanOrEqual(2 + elapsed / 100);
    expect(reports.length).toBeLessThanOrEqual(server.requests.length);
  });
});
