import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { JwtPolicyModule, type RevocationEntry, type RevocationStore } from 'nestjs-jwt-policy';
import {
  type IoredisClient,
  type NodeRedisClient,
  type RedisRevocations,
  redisRevocations,
} from 'nestjs-jwt-policy/redis';
import { createClient, createCluster, createSentinel } from 'redis';
import { OPTIONS } from '../support/guarded-shop.js';
import { boot, mistake, mistakeOf } from '../support/mistakes.js';
import { describeWithRedisServer, startRedis, type TemporaryRedis, untilAnswering } from '../support/redis.js';
import { type Connected, withIoredis, withNodeRedis } from '../support/redis-clients.js';
import { until } from '../support/until.js';
import { openWire, type Wire } from '../support/wire.js';

const STALE_AFTER = 400;

beforeAll(() => Logger.overrideLogger(false));

/** In the words of whichever part notices first. */
const UNREACHABLE = /did not answer|max retries|not writeable|closed|offline|disconnect|ECONN/i;

const entry = (id: string): RevocationEntry => ({
  kind: 'token',
  id,
  mark: id,
  endsAt: new Date(Date.now() + 60_000),
});

describeWithRedisServer.each<[string, (url: string) => Promise<Connected>]>([
  ['ioredis', async (url) => withIoredis(url, { maxRetriesPerRequest: 1 })],
  [
    'ioredis without a queue',
    async (url) => {
      const { client, close } = withIoredis(url, { enableOfflineQueue: false, autoResendUnfulfilledCommands: false });
      await untilAnswering(url);
      return { client, close };
    },
  ],
  ['redis', (url) => withNodeRedis(url, {})],
  ['redis without a queue', (url) => withNodeRedis(url, { disableOfflineQueue: true })],
])('a Redis that goes and comes back behind %s', (_name, connect) => {
  it('is followed again, however often, and let go of while it is away', async () => {
    const server = await startRedis();
    const [mine, theirs] = [await connect(server.url), await connect(server.url)];
    const options = { prefix: 'shop', staleAfter: '200ms', timeout: '300ms' } as const;
    const [here, there] = [redisRevocations(mine.client, options), redisRevocations(theirs.client, options)];
    await Promise.all([here.open(), there.open()]);
    const knows = async (id: string): Promise<boolean> => {
      try {
        return (await there.find(id, 'joe')).revoked;
      } catch {
        return false;
      }
    };
    for (let round = 0; round < 3; round += 1) {
      await here.add(entry(`before-${round}`));
      await until(() => knows(`before-${round}`));
      await server.kill();
      await delay(300);
      await expect(Promise.resolve(there.find('x', 'joe'))).rejects.toThrow(UNREACHABLE);
      await expect(here.add(entry(`during-${round}`))).rejects.toThrow(UNREACHABLE);
      await server.restart();
      await until(() =>
        here.add(entry(`after-${round}`)).then(
          () => true,
          () => false,
        ),
      );
      await until(() => knows(`after-${round}`));
      await until(() => knows(`before-${round}`));
    }
    await server.kill();
    await delay(300);
    await Promise.all([here.close(), there.close()]);
    mine.close();
    theirs.close();
  });
});

/** What an instance knows without asking Redis; `null` while it would have to. */
const known = async (store: RevocationStore, id: string): Promise<boolean | null> => {
  const facts = store.find(id, 'joe');
  if (!(facts instanceof Promise)) return facts.revoked;
  await facts.catch(() => undefined);
  return null;
};

describeWithRedisServer('a replica', () => {
  const options = { prefix: 'shop', staleAfter: '400ms', timeout: '500ms' } as const;
  let server: TemporaryRedis;
  let wire: Wire;
  let mine: Connected;
  let theirs: Connected;
  let here: RedisRevocations;
  let there: RedisRevocations;
  beforeEach(async () => {
    server = await startRedis();
    wire = await openWire(server.url, 6379);
    mine = withIoredis(server.url, {});
    theirs = withIoredis(wire.url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
    [here, there] = [redisRevocations(mine.client, options), redisRevocations(theirs.client, options)];
    await Promise.all([here.open(), there.open()]);
  });
  afterEach(async () => {
    await Promise.all([here.close(), there.close()]);
    mine.close();
    theirs.close();
    await wire.cut().catch(() => undefined);
    await server.stop();
  });

  const redis = (): Redis => mine.client as unknown as Redis;

  it.each([
    ['in part', 3],
    ['as a whole', 0],
  ])('that was cut off while the feed was trimmed %s loads everything anew', async (_case, left) => {
    await wire.cut();
    for (let index = 0; index < 20; index += 1) await here.add(entry(`trimmed-${index}`));
    await redis().xtrim('{shop}:revocations:feed', 'MAXLEN', left);
    await delay(STALE_AFTER + 50);
    await wire.mend();
    await until(async () => (await known(there, 'nothing')) === false);
    expect(await known(there, 'trimmed-0')).toBe(true);
  });

  it('that nobody cut off loads everything anew when the feed loses an entry before it could be read', async () => {
    await redis()
      .multi()
      .hincrby('{shop}:revocations', '#count', 1)
      .hset('{shop}:revocations', 'token:"hidden"', `${Date.now() + 60_000}|`)
      .exec();
    await here.add(entry('next'));
    await until(async () => (await known(there, 'next')) === true);
    await expect(until(async () => (await known(there, 'hidden')) === true)).resolves.toBeLessThan(5_000);
  });

  it('is not content with a Redis that has lost what it held, when it has to ask', async () => {
    // Its feed goes by a way of its own, which is cut once it has loaded everything; then Redis forgets.
    const feed = await openWire(server.url, 6379);
    const duplicates: IoredisClient[] = [];
    const client: IoredisClient = {
      call: (...words) => redis().call(...words),
      duplicate: () => {
        const own = new Redis(feed.url);
        duplicates.push(own);
        return own;
      },
      disconnect: () => undefined,
      on: () => undefined,
    };
    const asking = redisRevocations(client, options);
    await asking.open();
    await feed.cut();
    await there.close();
    await here.add(entry('unheard'));
    await delay(STALE_AFTER + 50);
    expect(await asking.find('unheard', 'joe')).toMatchObject({ revoked: true });
    await redis().flushall();
    await expect(Promise.resolve(asking.find('never-asked', 'joe'))).rejects.toThrow(/has lost/);
    await asking.close();
    for (const own of duplicates) own.disconnect();
  });

  it('gives back what a fail-over has lost, whoever connects first', async () => {
    await here.add(entry('first'));
    await until(async () => (await known(there, 'first')) === true);
    const copy = await redis().hgetall('{shop}:revocations');
    await wire.cut();
    await here.add(entry('last'));
    await here.close();
    // Redis falls back to the copy, and the one that knows less comes back before the one that knows more.
    await redis().multi().del('{shop}:revocations', '{shop}:revocations:feed').hset('{shop}:revocations', copy).exec();
    await wire.mend();
    await there.add(entry('other'));
    await there.add(entry('another'));
    await here.open();
    const late = redisRevocations(mine.client, options);
    await until(async () => (await known(there, 'last')) === true);
    await late.open();
    expect(await known(late, 'last')).toBe(true);
    await late.close();
  });

  it('tells Redis of the same revocation once, however often it could not', async () => {
    await wire.cut();
    const failed = Array.from({ length: 50 }, () => there.add(entry('same')).catch(() => 'failed'));
    expect(new Set(await Promise.all(failed))).toEqual(new Set(['failed']));
    theirs.close();
    await wire.mend();
    await until(async () => (await known(here, 'same')) === true);
    expect(await redis().hget('{shop}:revocations', '#count')).toBe('1');
  });

  it('asks a Redis that does not answer one question at a time, and refuses the rest at once', async () => {
    const call = jest.spyOn(redis(), 'call');
    server.freeze();
    await delay(STALE_AFTER + 50);
    await expect(Promise.resolve(here.find('x', 'joe'))).rejects.toThrow(/in time/);
    call.mockClear();
    const asked = performance.now();
    const outcomes = await Promise.allSettled(Array.from({ length: 1_000 }, async () => here.find('x', 'joe')));
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    expect(performance.now() - asked).toBeLessThan(400);
    expect(call).not.toHaveBeenCalled();
    await delay(150);
    await Promise.allSettled(Array.from({ length: 1_000 }, async () => here.find('x', 'joe')));
    expect(call).toHaveBeenCalledTimes(1);
    server.thaw();
    await until(async () => (await known(here, 'x')) === false);
  });

  it('keeps an entry although the clock of Redis is minutes ahead of the one that made it', async () => {
    const id = 'short';
    await here.add({ ...entry(id), endsAt: new Date(Date.now() + 5_000) });
    await redis().zadd('{shop}:revocations:ends', Date.now() - 180_000, `token:"${id}"`);
    await here.add(entry('more'));
    expect(await redis().hexists('{shop}:revocations', `token:"${id}"`)).toBe(1);
  });
});

describeWithRedisServer('a replica that is stopped while it tries to connect again', () => {
  it('leaves no connection behind', async () => {
    const server = await startRedis();
    const observer = new Redis(server.url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
    observer.on('error', () => undefined);
    const { client, close } = withIoredis(server.url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
    const connections = async (): Promise<number> =>
      String(await observer.client('LIST'))
        .trim()
        .split('\n').length;
    for (let round = 0; round < 10; round += 1) {
      const store = redisRevocations(client, { staleAfter: '100ms', timeout: '50ms' });
      await store.open();
      await server.kill();
      await delay(30 + round * 10);
      const closed = store.close();
      await server.restart();
      await closed;
    }
    await until(async () => (await connections()) <= 2);
    await delay(200);
    expect(await connections()).toBe(2);
    close();
    observer.disconnect();
    await server.stop();
  });
});

describe('what Redis says', () => {
  it.each(['ioredis', 'redis'])('is told without what it repeats of a password (%s)', async (kind) => {
    const lines: string[] = [];
    const warn = jest
      .spyOn(Logger.prototype, 'warn')
      .mockImplementation((line: unknown) => void lines.push(String(line)));
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', () =>
        socket.write('-ERR unknown command `AUTH`, with args beginning with: `s3cret-word`, \r\n'),
      );
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `redis://:s3cret-word@127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = kind === 'ioredis' ? withIoredis(url, { maxRetriesPerRequest: 0 }).client : createClient({ url });
    (client as Redis).on('error', () => undefined);
    if (kind === 'redis') void (client as NodeRedisClient).connect().catch(() => undefined);
    const store = redisRevocations(client, { timeout: '300ms' });
    await store.open();
    const error: unknown = await Promise.resolve(store.find('x', 'joe')).catch((reason: unknown) => reason);
    const failed: unknown = await store.add(entry('x')).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(failed).toBeInstanceOf(Error);
    expect(lines.join()).toMatch(/is cut/);
    expect(inspect([error, failed, lines], { depth: 9 })).not.toContain('s3cret-word');
    await store.close();
    if (kind === 'ioredis') (client as Redis).disconnect();
    else (client as unknown as { destroy(): void }).destroy();
    server.close();
    warn.mockRestore();
  });
});

describeWithRedisServer('a client that gives up', () => {
  it.each<[string, (url: string) => Promise<Connected>]>([
    ['ioredis', async (url) => withIoredis(url, { retryStrategy: () => null })],
    ['redis', (url) => withNodeRedis(url, { socket: { reconnectStrategy: false } })],
  ])('does not end the feed, and a log that throws does not either (%s)', async (_name, connect) => {
    const broken = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => {
      throw new Error('disk full');
    });
    const server = await startRedis();
    const healthy = new Redis(server.url);
    healthy.on('error', () => undefined);
    const options = { prefix: 'shop', staleAfter: '200ms', timeout: '300ms' } as const;
    const { client } = await connect(server.url);
    const store = redisRevocations(client, options);
    await store.open();
    for (let round = 0; round < 2; round += 1) {
      await server.kill();
      await delay(300);
      await server.restart();
      const id = `after-${round}`;
      const other = redisRevocations(healthy, options);
      await other.open();
      await other.add(entry(id));
      await until(async () => {
        const facts = store.find(id, 'joe');
        if (!(facts instanceof Promise)) return facts.revoked;
        return facts.then(
          () => false,
          () => false,
        );
      });
      await other.close();
    }
    expect(broken).toHaveBeenCalled();
    await store.close();
    healthy.disconnect();
    await server.stop();
    broken.mockRestore();
  });
});

describeWithRedisServer('the defaults of redisRevocations()', () => {
  it('are a prefix, two seconds of trust and one second of patience', async () => {
    const server = await startRedis();
    const { client, close } = withIoredis(server.url, {});
    const store = redisRevocations(client);
    await store.open();
    await store.add(entry('x'));
    expect((await client.keys('*')).toSorted()).toEqual([
      '{jwt-policy}:revocations',
      '{jwt-policy}:revocations:ends',
      '{jwt-policy}:revocations:feed',
    ]);
    server.freeze();
    await delay(1_400);
    expect(store.find('x', 'joe')).toMatchObject({ revoked: true });
    await delay(700);
    const asked = performance.now();
    await expect(Promise.resolve(store.find('x', 'joe'))).rejects.toThrow(/in time/);
    const waited = performance.now() - asked;
    expect([waited > 950, waited < 1_500]).toEqual([true, true]);
    server.thaw();
    await store.close();
    close();
    await server.stop();
  });
});

describe('redisRevocations()', () => {
  const none = { call: async () => null, duplicate: () => none, disconnect: () => undefined, on: () => undefined };

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['prefix', { prefix: '' }, /is not a prefix/],
    ['prefix', { prefix: 'a{b}' }, /is not a prefix/],
    ['prefix', { prefix: 'a b' }, /is not a prefix/],
    ['prefix', { prefix: 'x'.repeat(65) }, /is not a prefix/],
    ['prefix', { prefix: 7 }, /is not a prefix/],
    ['staleAfter', { staleAfter: 2000 }, /unit/],
    ['staleAfter', { staleAfter: '99ms' }, /between/],
    ['staleAfter', { staleAfter: '61s' }, /between/],
    ['timeout', { timeout: '0s' }, /between/],
    ['timeout', { timeout: '61s' }, /between/],
    ['timeout', { timeout: null }, /unit/],
    ['keyPrefix', { keyPrefix: 'x' }, /is not an option/],
  ])('refuses the option %s: %j', (option, options, problem) => {
    expect(mistakeOf(() => redisRevocations(none, options))).toMatchObject(
      mistake(`redisRevocations(): ${option}`, problem),
    );
  });

  it.each([null, [], 7, 'x', new Map()])('refuses %p for options', (options) => {
    expect(mistakeOf(() => redisRevocations(none, options as never))).toMatchObject(
      mistake('redisRevocations()', /options that are no object/),
    );
  });

  it('refuses a client that was not told to connect, when the app starts', async () => {
    const revocations = redisRevocations(createClient());
    await expect(
      boot({ imports: [JwtPolicyModule.forRoot({ ...OPTIONS, identify: { revocations } })] }),
    ).rejects.toMatchObject(mistake('redisRevocations()', /has not connected/));
  });

  it.each([
    ['a cluster', () => createCluster({ rootNodes: [{ url: 'redis://127.0.0.1:1' }] })],
    ['a sentinel', () => createSentinel({ name: 'x', sentinelRootNodes: [{ host: '127.0.0.1', port: 1 }] })],
  ])('refuses %s of node-redis', (_case, create) => {
    expect(mistakeOf(() => redisRevocations(create() as never))).toMatchObject(
      mistake('redisRevocations()', /no client that it knows/),
    );
  });

  it.each([undefined, null, {}, 'redis://localhost', { call: () => null }, { sendCommand: () => null }])(
    'refuses %p for a client',
    (given) => {
      expect(mistakeOf(() => redisRevocations(given as never))).toMatchObject(
        mistake('redisRevocations()', /no client/),
      );
    },
  );
});
