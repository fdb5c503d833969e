import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type Count, FailureStorage } from '../../apps/demo/src/login/failure-storage.js';
import { describeWithRedisServer, startRedis, type TemporaryRedis } from '../support/redis.js';
import { untilWindow } from './shop.js';

const WINDOW = 2_000;
const LIMIT = 3;
const key = 'address-1';

describe('the failures in memory', () => {
  let alone: FailureStorage;
  beforeEach(() => {
    alone = new FailureStorage(undefined);
  });

  countRight(() => [alone]);
});

describeWithRedisServer('the failures in Redis', () => {
  let server: TemporaryRedis;
  let clients: [Redis, Redis];
  beforeAll(async () => {
    server = await startRedis();
    clients = [new Redis(server.url), new Redis(server.url)];
  });
  afterAll(async () => {
    for (const client of clients) client.disconnect();
    await server.stop();
  });
  beforeEach(() => clients[0].flushall());

  countRight(() => clients.map((client) => new FailureStorage(client)));

  it('take nothing for who was refused, even when Redis comes back to it later', async () => {
    const [client] = clients;
    const storage = new FailureStorage(client);
    server.freeze();
    const asked = performance.now();
    const tries = Array.from({ length: 20 }, () => storage.increment(key, 60_000, LIMIT));
    for (const outcome of await Promise.allSettled(tries)) expect(outcome.status).toBe('rejected');
    expect(performance.now() - asked).toBeLessThan(1_000);
    const again = performance.now();
    await expect(storage.increment(key, 60_000, LIMIT)).rejects.toMatchObject({ status: 503 });
    expect(performance.now() - again).toBeLessThan(100);
    server.thaw();
    await client.ping();
    expect(await client.keys('*')).toEqual([]);
  });
});

/** Whatever is tried on all of these at once. */
function countRight(everywhere: () => readonly FailureStorage[]): void {
  const grants = async (tries: number): Promise<Count[]> => {
    const all = everywhere();
    const counts = await Promise.all(
      Array.from({ length: tries }, (_, index) => all[index % all.length]?.increment(key, WINDOW, LIMIT)),
    );
    return counts.filter((count) => count !== undefined).filter(({ isBlocked }) => !isBlocked);
  };

  it('grant the limit and no more, however many ask at once', async () => {
    await untilWindow(WINDOW);
    expect(await grants(50)).toHaveLength(LIMIT);
    expect(await grants(50)).toHaveLength(0);
  });

  it('grant again what was given back, once', async () => {
    await untilWindow(WINDOW);
    const [first, second] = await grants(LIMIT);
    await first?.giveBack();
    await second?.giveBack();
    expect(await grants(50)).toHaveLength(2);
  });

  it('grant no window more than the limit, whatever floods its edges', async () => {
    await untilWindow(WINDOW, WINDOW);
    const end = Date.now() + 2.5 * WINDOW;
    let granted = 0;
    while (Date.now() < end) {
      granted += (await grants(20)).length;
      await delay(5);
    }
    expect(granted).toBe(3 * LIMIT);
  });

  it('grant no window more than the limit for what an earlier one gives back', async () => {
    await untilWindow(WINDOW, WINDOW);
    const early = await grants(LIMIT);
    await untilWindow(WINDOW, WINDOW);
    const before = await grants(1);
    await Promise.all(early.map((count) => count.giveBack()));
    expect([early.length, before.length, (await grants(50)).length]).toEqual([LIMIT, 1, LIMIT - 1]);
  });

  it('grant no window more than the limit when all that succeeds is given back over its edges', async () => {
    await untilWindow(WINDOW, WINDOW);
    const end = Date.now() + 2.5 * WINDOW;
    let failed = 0;
    const late: Promise<void>[] = [];
    for (let index = 0; Date.now() < end; index++) {
      const [guess, ...others] = await grants(4);
      // Of what is granted at once, one fails, and the others succeed after this window or within it.
      if (guess) failed++;
      late.push(...others.map((count) => delay((index * 37) % 700).then(() => count.giveBack())));
      await delay(5);
    }
    await Promise.all(late);
    expect(failed).toBeGreaterThan(0);
    expect(failed).toBeLessThanOrEqual(3 * LIMIT);
  });
}
