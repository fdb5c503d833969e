import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { Redis } from 'ioredis';
import { type Config, readConfig } from '../../apps/demo/src/config.js';
import { type Database, DATABASE } from '../../apps/demo/src/database/database.js';
import { describeWithRedisServer, startRedis, type TemporaryRedis } from '../support/redis.js';
import { logIn, openSession, openShop, passwordOf, refresh, refusal, type Shop, until, untilWindow } from './shop.js';

/** Long enough for a machine that is busy. */
const WINDOW = 5_000;

const limits: Partial<Config> = {
  logIn: { ...readConfig({}).logIn, failuresPerAccount: 3, failuresPerAddress: 8, windowSeconds: WINDOW / 1000 },
};

async function outcomes(tries: readonly PromiseLike<{ status: number }>[]): Promise<Record<number, number>> {
  const counts: Record<number, number> = {};
  for (const { status } of await Promise.all(tries)) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

describeWithRedisServer('the limits of the log-in over two instances on one Redis', () => {
  let redis: TemporaryRedis;
  let admin: Redis;
  let shops: Shop[];
  beforeAll(async () => {
    redis = await startRedis();
    admin = new Redis(redis.url);
    admin.on('error', () => undefined);
    const open = (platform: Config['platform']) => openShop({ platform, redisUrl: redis.url, ...limits });
    shops = await Promise.all([open('express'), open('fastify')]);
  }, 60_000);
  afterAll(async () => {
    await Promise.all(shops.map((shop) => shop.close()));
    admin.disconnect();
    await redis.stop();
  });
  beforeEach(async () => {
    await admin.flushall();
    await untilWindow(WINDOW);
  });

  /** Every second one on the other instance. */
  const tries = (count: number, attempt: (url: string, index: number) => PromiseLike<{ status: number }>) =>
    outcomes(Array.from({ length: count }, (_, index) => attempt(shops[index % 2]?.url ?? '', index)));

  it('let an account fail as often on both together as on one, and then neither', async () => {
    expect(await tries(3, (url) => logIn(url, 'joe', 'wrong'))).toEqual({ 401: 3 });
    for (const { url } of shops) {
      const { body, headers } = await logIn(url, 'JOE', passwordOf('joe')).expect(429);
      expect(body).toEqual(refusal(429, 'Too Many Requests'));
      expect(headers['retry-after']).toMatch(/^[1-5]$/);
      await logIn(url, 'ann').expect(200);
    }
    await delay(WINDOW + 100);
    expect(await tries(2, (url) => logIn(url, 'joe'))).toEqual({ 200: 2 });
  });

  it('let no parallel guess slip by', async () => {
    expect(await tries(40, (url) => logIn(url, 'joe', 'wrong'))).toEqual({ 401: 3, 429: 37 });
  });

  it('let an address fail as often on both together as on one', async () => {
    expect(await tries(12, (url, index) => logIn(url, `user-${index}`, 'wrong'))).toEqual({ 401: 8, 429: 4 });
  });

  it('never count what succeeds', async () => {
    for (let round = 0; round < 6; round++) expect(await tries(2, (url) => logIn(url, 'joe'))).toEqual({ 200: 2 });
  });

  it('leave neither names nor addresses in Redis, and nothing for longer than two windows', async () => {
    await tries(2, (url) => logIn(url, 'joe', 'wrong'));
    const keys = await admin.keys('shop:log-in:*');
    expect(keys).toHaveLength(2);
    expect(keys.join()).not.toMatch(/joe|127\.0\.0\.1/);
    for (const key of keys) expect(await admin.pttl(key)).toBeLessThanOrEqual(2 * WINDOW);
    await delay(2 * WINDOW + 100);
    expect(await admin.keys('shop:log-in:*')).toEqual([]);
  });

  it('let nobody try while nobody counts, right or wrong, known or not', async () => {
    const [shop] = shops as [Shop];
    const refused = async () => {
      const names = ['joe', 'joe', 'nobody'];
      const answers = await Promise.all(names.map((name, index) => logIn(shop.url, name, index ? 'wrong' : undefined)));
      for (const { status, body } of answers) {
        expect([status, body]).toEqual([503, refusal(503, 'Service Unavailable')]);
        expect(body).toEqual(answers[0]?.body);
      }
    };
    redis.freeze();
    await refused();
    redis.thaw();
    expect((await until(200, () => logIn(shop.url, 'ann'), 10_000)).status).toBe(200);

    await redis.kill();
    await refused();
    await redis.restart();
    expect((await until(200, () => logIn(shop.url, 'ann'), 10_000)).status).toBe(200);
  }, 60_000);
});

describeWithRedisServer('a log-in whose Redis is frozen', () => {
  let redis: TemporaryRedis;
  let admin: Redis;
  let shop: Shop;
  const logged: string[] = [];
  const note = (...parts: unknown[]) => void logged.push(inspect(parts, { depth: 9 }));
  beforeAll(async () => {
    redis = await startRedis();
    admin = new Redis(redis.url);
    const logger = { log: () => undefined, error: () => undefined, debug: () => undefined, warn: note };
    shop = await openShop({ redisUrl: redis.url }, logger);
  }, 60_000);
  afterAll(async () => {
    await shop.close();
    admin.disconnect();
    await redis.stop();
  });
  afterEach(async () => {
    redis.thaw();
    await until(200, () => logIn(shop.url, 'root'), 10_000);
  });

  it('is told so soon, however many there are', async () => {
    redis.freeze();
    const asked = performance.now();
    const tries = Array.from({ length: 100 }, () => logIn(shop.url, 'ann'));
    expect(await outcomes(tries)).toEqual({ 503: 100 });
    expect(performance.now() - asked).toBeLessThan(2_500);
  });

  it('is answered all the same when it was counted before, and the log tells what it counts as', async () => {
    const counters = () => admin.keys('shop:log-in:*');
    await admin.del(await counters());
    // The database answers nobody else until this is over: the log-in waits for it, and was counted.
    const { coming } = await shop.app.get<Database>(DATABASE).transaction(async () => {
      const sent = { coming: openSession(shop.url, 'joe') };
      while ((await counters()).length < 2) await delay(5);
      redis.freeze();
      return sent;
    });
    const { refreshToken } = await coming;
    expect(logged.filter((line) => /counts as if it had/.test(line))).toHaveLength(1);
    expect(logged.join('\n')).not.toMatch(/joe|127\.0\.0\.1|eyJ/);
    await refresh(shop.url, refreshToken).expect(200);
  });
});

it('two instances without Redis count for themselves', async () => {
  const shops = await Promise.all([openShop(limits), openShop(limits)]);
  try {
    for (const { url } of shops) {
      expect(await outcomes(Array.from({ length: 5 }, () => logIn(url, 'joe', 'wrong')))).toEqual({ 401: 3, 429: 2 });
    }
  } finally {
    await Promise.all(shops.map((shop) => shop.close()));
  }
}, 60_000);
