import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { Redis } from 'ioredis';
import request from 'supertest';
import { openRedis, RedisUnreachable } from '../../apps/demo/src/redis/redis.js';
import { describeWithRedisServer, startRedis, type TemporaryRedis } from '../support/redis.js';
import { as, logIn, openShop, platforms, refusal, REVOKED, type Shop, UNAVAILABLE, until, verdict } from './shop.js';

async function failureOf(url: string): Promise<string> {
  const failure: unknown = await openRedis(url).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(RedisUnreachable);
  const { message } = failure as Error;
  expect(message).toMatch(/REDIS_URL/);
  expect(message).not.toMatch(/\n|s3cret-word/);
  return message;
}

/** Whatever it is told, it answers this; nothing, if this is nothing. */
async function withServer(answer: string, work: (place: string) => Promise<void>): Promise<void> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', () => answer && socket.write(answer));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  try {
    await work(typeof address === 'object' && address ? `127.0.0.1:${address.port}` : '');
  } finally {
    server.close();
  }
}

describe('a Redis that cannot be used', () => {
  it('is reported with its place and without the password', async () => {
    expect(await failureOf('redis://shop:s3cret-word@127.0.0.1:1/0')).toMatch(/at 127\.0\.0\.1:1 .*ECONNREFUSED/);
    expect(await failureOf('redis://shop:s3cret-word@redis.invalid')).toMatch(/at redis\.invalid:6379 /);
    expect(await failureOf('redis://shop:s3cret-word%zz@127.0.0.1:1')).toMatch(/URI malformed/);
  });

  it('is reported without what it repeats of the password', async () => {
    const answer = "-ERR unknown command 'AUTH', with args beginning with: 'shop' 's3cret-word' \r\n";
    await withServer(answer, async (place) => {
      expect(await failureOf(`redis://shop:s3cret-word@${place}`)).toMatch(/\(ERR unknown command\)/);
    });
  });

  it('is reported when it never answers', async () => {
    await withServer('', async (place) => {
      expect(await failureOf(`redis://${place}`)).toMatch(/Command timed out/);
    });
  });
});

describeWithRedisServer('a Redis server', () => {
  let redis: TemporaryRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  it('that refuses us is reported with what it says', async () => {
    const { host } = new URL(redis.url);
    expect(await failureOf(`redis://shop:s3cret-word@${host}`)).toMatch(/\(WRONGPASS /);
    expect(await failureOf(`redis://${host}/99`)).toMatch(/\(ERR DB index is out of range\)/);
  });

  describe.each(platforms)('behind a shop on %s', (platform) => {
    let shop: Shop;
    beforeAll(async () => {
      shop = await openShop({ platform, redisUrl: redis.url });
    }, 60_000);
    afterAll(() => shop.close());

    it('is worth a 503 to everyone while it is away, and serves again when it is back', async () => {
      const [joe, ann, root] = await Promise.all(['joe', 'ann', 'root'].map((name) => as(shop.url, name)));
      await redis.kill();

      // The guard may trust for a moment what it has just heard; who has something to write finds out first.
      const [seen, left, changed] = await Promise.all([
        joe.get('/basket'),
        ann.post('/logout'),
        root.put('/users/3/permissions').send({ permissions: ['view'] }),
      ]);
      expect(seen.status).toBe(200);
      expect([left, changed].map(verdict)).toEqual([UNAVAILABLE, UNAVAILABLE]);
      expect(left.body).toEqual({
        statusCode: 503,
        message: expect.any(String),
        error: 'Service Unavailable',
        code: 'ERR_POLICY_UNAVAILABLE',
      });
      const guarded = await until(503, () => joe.get('/basket'), 10_000);
      expect([guarded.status, guarded.body]).toEqual([503, left.body]);
      expect(verdict(await joe.post('/logout'))).toEqual(UNAVAILABLE);
      await request(shop.url).get('/health').expect(200);
      expect((await logIn(shop.url, 'joe').expect(503)).body).toEqual(refusal(503, 'Service Unavailable'));

      await redis.restart();
      expect((await until(200, () => joe.get('/basket'), 10_000)).status).toBe(200);
      await joe.post('/logout').expect(204);
      expect(verdict(await joe.get('/basket'))).toEqual(REVOKED);
      await root
        .put('/users/3/permissions')
        .send({ permissions: ['view'] })
        .expect(200);
    }, 60_000);
  });
});

describeWithRedisServer('a shop and its Redis', () => {
  const logged: string[] = [];
  const note = (...parts: unknown[]) => void logged.push(inspect(parts, { depth: 9 }));
  const logger = { log: () => undefined, error: note, warn: note, debug: note, verbose: note, fatal: note };
  const connected = async () =>
    String(await admin.call('CLIENT', 'LIST'))
      .trim()
      .split('\n').length;
  const losses = () => logged.filter((line) => line.includes('was lost'));
  let redis: TemporaryRedis;
  let admin: Redis;
  beforeEach(async () => {
    logged.length = 0;
    redis = await startRedis();
    admin = new Redis(redis.url, { retryStrategy: () => null });
    admin.on('error', () => undefined);
  });
  afterEach(async () => {
    admin.disconnect();
    await redis.stop();
  });

  it('tells of every loss once, and never the password', async () => {
    await admin.config('SET', 'requirepass', 's3cret-word');
    const shop = await openShop({ redisUrl: redis.url.replace('//', '//:s3cret-word@') }, logger);
    const joe = await as(shop.url, 'joe');
    for (const times of [1, 2]) {
      await admin.call('CLIENT', 'KILL', 'TYPE', 'normal');
      await delay(500);
      expect(losses()).toHaveLength(times);
    }
    await redis.kill();
    expect(verdict(await until(503, () => joe.get('/me'), 10_000))).toEqual(UNAVAILABLE);
    await shop.close();
    expect(losses()).toHaveLength(3);
    expect(losses()[0]).toContain(new URL(redis.url).host);
    expect(logged.join('\n')).not.toContain('s3cret-word');
  }, 60_000);

  it('part in order: nothing stays connected, and nothing is called a loss', async () => {
    const shop = await openShop({ redisUrl: redis.url }, logger);
    expect(await connected()).toBe(3);
    await shop.close();
    await delay(200);
    expect(await connected()).toBe(1);
    expect(logged.filter((line) => /lost|cut|error/i.test(line))).toEqual([]);
  }, 60_000);
});
