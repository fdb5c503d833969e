import { type CallHandler, VersioningType } from '@nestjs/common';
import { map } from 'rxjs';
import {
  JwksModule,
  JwtPolicyModule,
  type JwtPolicyOptions,
  keyPair,
  type KeyRing,
  keyRing,
  publicKey,
  remoteJwks,
  secretKey,
} from 'nestjs-jwt-policy';
import { PublishedKeys } from '../../libs/jwt-policy/src/keys/published-keys.js';
import { GuardedShop } from '../support/guarded-shop.js';
import { ec, PAIRS } from '../support/key-pairs.js';
import { boot, mistake } from '../support/mistakes.js';
import { PLATFORMS } from '../support/platforms.js';
import { AUDIENCE, ISSUER, SECRET } from '../support/tokens.js';

const PATH = '/.well-known/jwks.json';
const PUBLIC_MEMBERS = ['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'alg', 'use'];

const pair = (kid: string) => keyPair({ privateKey: ec('prime256v1').privateKey, alg: 'ES256', kid });

function mixedRing(): KeyRing {
  return keyRing(
    {
      active: keyPair({ privateKey: PAIRS.RS256.privateKey, alg: 'PS256' }),
      upcoming: [keyPair({ privateKey: PAIRS.ES384.privateKey, alg: 'ES384', kid: 'next' })],
      retiring: [
        secretKey(SECRET, { kid: 'secret' }),
        publicKey({ key: PAIRS.EdDSA.publicKey, alg: 'EdDSA', kid: 'former' }),
      ],
    },
    { notice: '2m' },
  );
}

describe.each(PLATFORMS)('the published keys on %s', (_name, adapter) => {
  let ring: KeyRing;
  let shop: GuardedShop;
  beforeEach(async () => {
    ring = mixedRing();
    shop = await GuardedShop.open(adapter, { keys: ring }, { imports: [JwksModule] });
  });
  afterEach(() => shop.close());

  it('are the public halves of what signs, will sign and has signed, each with its kid, alg and use', async () => {
    const answer = await shop.get(PATH);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^application\/jwk-set\+json/);
    const { keys } = answer.body as { keys: Record<string, string>[] };
    expect(keys.map(({ kid, alg, use, kty }) => [kid, alg, use, kty])).toEqual([
      [ring.active.kid, 'PS256', 'sig', 'RSA'],
      ['next', 'ES384', 'sig', 'EC'],
      ['former', 'EdDSA', 'sig', 'OKP'],
    ]);
    expect(keys.flatMap(Object.keys).filter((name) => !PUBLIC_MEMBERS.includes(name))).toEqual([]);
    const { n } = PAIRS.RS256.publicKey.export({ format: 'jwk' });
    expect(keys[0].n).toBe(n);
  });

  it('hold nothing of a secret, nor of a private half', async () => {
    const { body } = await shop.get(PATH);
    const text = JSON.stringify(body);
    const { d } = PAIRS.RS256.privateKey.export({ format: 'jwk' });
    for (const hidden of [SECRET, Buffer.from(SECRET).toString('base64url'), String(d), '"oct"', '"secret"']) {
      expect(text).not.toContain(hidden);
    }
  });

  it('may be kept by others until just before a new key signs', async () => {
    const { headers } = await shop.get(PATH);
    expect(headers.get('cache-control')).toBe('public, max-age=120');
  });

  it('are kept by nobody for longer than five minutes, in case that one of them is stolen', async () => {
    const careful = keyRing({ active: pair('a') }, { notice: '30d' });
    const other = await GuardedShop.open(adapter, { keys: careful }, { imports: [JwksModule] });
    expect((await other.get(PATH)).headers.get('cache-control')).toBe('public, max-age=300');
    await other.close();
  });

  it('are sent as they are by an app that wraps every answer', async () => {
    const wrap = { intercept: (_context: unknown, next: CallHandler) => next.handle().pipe(map((data) => ({ data }))) };
    const other = await GuardedShop.open(
      adapter,
      { keys: pair('a') },
      { imports: [JwksModule] },
      (app) => void app.useGlobalInterceptors(wrap),
    );
    expect((await other.get(PATH)).body).toMatchObject({ keys: [{ kid: 'a' }] });
    await other.close();
  });

  it('are sent once: whoever has this version is told so, in every way of asking', async () => {
    const etag = String((await shop.get(PATH)).headers.get('etag'));
    expect(etag).toMatch(/^"[\w-]{43}"$/);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const answer = await shop.get(PATH, undefined, { headers: { 'if-none-match': known } });
      expect([answer.status, answer.body, answer.headers.get('etag')]).toEqual([304, '', etag]);
      expect(answer.headers.get('cache-control')).toBe('public, max-age=120');
    }
    for (const known of ['"other"', etag.slice(1, -1), '']) {
      expect((await shop.get(PATH, undefined, { headers: { 'if-none-match': known } })).status).toBe(200);
    }
  });

  it('have another version once a key comes or goes, and only then', async () => {
    const etags = new Set<string | null>();
    const look = async (): Promise<number> => etags.add((await shop.get(PATH)).headers.get('etag')).size;
    expect([await look(), await look()]).toEqual([1, 1]);
    ring.announce(pair('later'));
    expect(await look()).toBe(2);
    ring.distrust('later');
    expect(await look()).toBe(2);
    ring.distrust('former');
    expect(await look()).toBe(3);
  });

  it('need no token, and look at none', async () => {
    expect((await shop.get(PATH, 'Bearer nonsense')).status).toBe(200);
    const head = await shop.get(PATH, undefined, { method: 'HEAD' });
    expect([head.status, head.body, head.headers.get('etag')]).toEqual([
      200,
      '',
      (await shop.get(PATH)).headers.get('etag'),
    ]);
    for (const method of ['POST', 'PUT', 'DELETE'])
      expect((await shop.get(PATH, undefined, { method })).status).toBe(404);
  });

  it('verify in another service what is issued here, and nothing else', async () => {
    const other = await GuardedShop.open(adapter, {
      keys: remoteJwks(`${shop.url}${PATH}`, { algorithms: ['PS256', 'ES384', 'EdDSA'] }),
    });
    const { token } = await shop.tokens.issue({ id: 7, permissions: ['view'] });
    expect(await other.get('/basket', `Bearer ${token}`)).toMatchObject({ status: 200, body: { id: '7' } });
    const stranger = await GuardedShop.open(adapter, { keys: pair('next') });
    const forged = (await stranger.tokens.issue({ id: 7, permissions: ['view'] })).token;
    expect(await other.get('/basket', `Bearer ${forged}`)).toMatchObject({ status: 401, handled: 0 });
    await stranger.close();
    await other.close();
  });
});

const start = (keys: JwtPolicyOptions['keys']): Promise<void> =>
  boot({ imports: [JwtPolicyModule.forRoot({ issuer: ISSUER, audience: AUDIENCE, keys }), JwksModule] });

describe('JwksModule', () => {
  it('stops the start when there is nothing to publish', async () => {
    await expect(start(secretKey(SECRET))).rejects.toMatchObject(mistake('JwksModule', /no key to publish/));
    const remote = remoteJwks('http://127.0.0.1:1/jwks', { algorithms: ['ES256'] });
    await expect(start(remote)).rejects.toMatchObject(mistake('JwksModule', /no key to publish/));
  });

  it('has nothing to say of keys that others publish', () => {
    const remote = remoteJwks('http://127.0.0.1:1/jwks', { algorithms: ['ES256'] });
    expect(new PublishedKeys(remote).document()).toMatchObject({ body: '{"keys":[]}', maxAge: 0 });
  });

  it('publishes what a provider names, which is asked before', async () => {
    await expect(start(keyRing(() => ({ active: pair('a') })))).resolves.toBeUndefined();
    await expect(start(keyRing(() => ({ active: secretKey(SECRET) })))).rejects.toMatchObject(mistake('JwksModule'));
  });

  it('is where others look for it, whichever version of the API they talk to', async () => {
    const shop = await GuardedShop.open(
      PLATFORMS[0][1],
      { keys: pair('a') },
      { imports: [JwksModule] },
      (app) => void app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' }),
    );
    expect((await shop.get(PATH)).status).toBe(200);
    await shop.close();
  });
});
