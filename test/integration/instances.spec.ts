import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Get, Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { CurrentIdentity, Freshness, type Identity, InvalidToken, RequirePermission } from 'nestjs-jwt-policy';
import { redisRevocations, type RedisRevocationsOptions } from 'nestjs-jwt-policy/redis';
import { GuardedShop, handled } from '../support/guarded-shop.js';
import { PLATFORMS } from '../support/platforms.js';
import {
  describeWithRedis,
  describeWithRedisServer,
  freshPrefix,
  sharedRedis,
  startRedis,
  type TemporaryRedis,
} from '../support/redis.js';
import { refusal } from '../support/refusals.js';
import { until } from '../support/until.js';
import { openWire, type Wire } from '../support/wire.js';

const STALE_AFTER = 400;
const TIMES = { staleAfter: '400ms', timeout: '500ms' } as const;

@Controller('by')
class StaleController {
  @Get('stale')
  @Freshness({ maxStale: '1h' })
  @RequirePermission('view')
  stale(@CurrentIdentity() me: Identity): object {
    return handled(me);
  }
}

interface Instance {
  readonly shop: GuardedShop;
  readonly redis: Redis;
  close(): Promise<void>;
}

let permissions = ['view'];

/** An app as it would run in a process of its own, with its own connections. */
async function openInstance(
  url: string,
  prefix: string,
  {
    adapter = PLATFORMS[0][1],
    ...times
  }: RedisRevocationsOptions & { adapter?: (typeof PLATFORMS)[number][1] } = TIMES,
): Promise<Instance> {
  const redis = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
  const shop = await GuardedShop.open(
    adapter,
    {
      identify: {
        revocations: redisRevocations(redis, { ...times, prefix }),
        load: async () => ({ permissions }),
        freshness: 'token',
      },
    },
    { controllers: [StaleController] },
  );
  return {
    shop,
    redis,
    close: async () => {
      await shop.close();
      redis.disconnect();
    },
  };
}

const issue = async ({ shop }: Instance, id = 'joe'): Promise<string> =>
  (await shop.tokens.issue({ id, permissions: ['view'] }, { lifetime: '1h' })).token;
const issueMany = (instance: Instance, count: number): Promise<string[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => issue(instance, `joe-${index}`)));
/** A few at a time, so that a busy machine answers each within its time. */
async function revokeMany(instanceOf: (index: number) => Instance, tokens: readonly string[]): Promise<void> {
  for (let first = 0; first < tokens.length; first += 50) {
    const some = tokens.slice(first, first + 50);
    await Promise.all(some.map((token, index) => instanceOf(index).shop.tokens.revoke(token)));
  }
}

/** How many of them an instance still takes. */
async function accepted({ shop }: Instance, tokens: readonly string[]): Promise<number> {
  const outcomes = await Promise.all(
    tokens.map((token) =>
      shop.tokens.verify(token).then(
        () => 1,
        (error: unknown) => {
          if (error instanceof InvalidToken && error.code === 'ERR_TOKEN_REVOKED') return 0;
          throw error;
        },
      ),
    ),
  );
  return outcomes.reduce<number>((sum, outcome) => sum + outcome, 0);
}

const statusOf = async ({ shop }: Instance, token: string, path = '/basket'): Promise<number> =>
  (await shop.get(path, `Bearer ${token}`)).status;

beforeAll(() => Logger.overrideLogger(false));

describeWithRedis('two instances on one Redis', () => {
  let server: Awaited<ReturnType<typeof sharedRedis>>;
  let wire: Wire;
  let prefix: string;
  let here: Instance;
  let there: Instance;
  beforeAll(async () => {
    server = await sharedRedis();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    permissions = ['view'];
    prefix = freshPrefix();
    wire = await openWire(server.url, 6379);
    here = await openInstance(server.url, prefix);
    there = await openInstance(wire.url, prefix, { ...TIMES, adapter: PLATFORMS[1][1] });
  });
  afterEach(async () => {
    await Promise.all([here.close(), there.close()]);
    await wire.cut().catch(() => undefined);
  });

  it('refuse on one what was revoked on the other', async () => {
    const [one, all, other] = [await issue(here), await issue(here, 'ann'), await issue(here)];
    expect([await statusOf(there, one), await statusOf(there, all)]).toEqual([200, 200]);
    await here.shop.tokens.revoke(one);
    await here.shop.tokens.revokeAll('ann');
    await until(async () => (await statusOf(there, one)) === 401 && (await statusOf(there, all)) === 401);
    expect(await there.shop.get('/basket', `Bearer ${one}`)).toMatchObject(refusal('ERR_TOKEN_REVOKED'));
    expect(await there.shop.get('/passport', `Bearer ${all}`)).toMatchObject(refusal('ERR_TOKEN_REVOKED'));
    expect(await statusOf(there, other)).toBe(200);
    expect(await statusOf(there, await issue(there, 'ann'))).toBe(200);
  });

  it('load again on one who has changed on the other', async () => {
    const token = await issue(here);
    expect(await statusOf(there, token, '/by/stale')).toBe(200);
    permissions = [];
    expect(await statusOf(there, token, '/by/stale')).toBe(200);
    await here.shop.tokens.forget('joe');
    await until(async () => (await statusOf(there, token, '/by/stale')) === 403);
  });

  it('lose nothing when one is cut off while the other revokes a thousand tokens', async () => {
    const tokens = await issueMany(here, 1_001);
    const spared = tokens.pop() ?? '';
    await wire.cut();
    await revokeMany(() => here, tokens);
    await wire.mend();
    await until(() =>
      accepted(there, tokens).then(
        (still) => still === 0,
        () => false,
      ),
    );
    expect(await accepted(there, [spared])).toBe(1);
  });

  it('lose nothing when the feed was trimmed meanwhile, in part or as a whole', async () => {
    for (const left of [10, 0]) {
      const tokens = await issueMany(here, 101);
      const spared = tokens.pop() ?? '';
      await wire.cut();
      await revokeMany(() => here, tokens);
      await here.redis.xtrim(`{${prefix}}:revocations:feed`, 'MAXLEN', left);
      expect(await here.redis.xlen(`{${prefix}}:revocations:feed`)).toBe(left);
      await delay(STALE_AFTER);
      await wire.mend();
      await until(() => accepted(there, [spared]).then(Boolean, () => false));
      expect(await accepted(there, tokens)).toBe(0);
    }
  });

  it('hear in the end of what could not be told when it was revoked', async () => {
    const [one, all, good] = [await issue(here), await issue(here, 'ann'), await issue(here)];
    await wire.cut();
    const { revoke, revokeAll } = {
      revoke: there.shop.tokens.revoke(one),
      revokeAll: there.shop.tokens.revokeAll('ann'),
    };
    await expect(revoke).rejects.toMatchObject({ code: 'ERR_POLICY_UNAVAILABLE' });
    await expect(revokeAll).rejects.toMatchObject({ code: 'ERR_POLICY_UNAVAILABLE' });
    there.redis.disconnect();
    await wire.mend();
    await until(async () => (await statusOf(here, one)) === 401 && (await statusOf(here, all)) === 401);
    expect(await statusOf(here, good)).toBe(200);
    expect(await statusOf(there, one)).toBe(401);
  });

  it('hear of a change that was made while they were cut off', async () => {
    const token = await issue(here);
    expect(await statusOf(there, token, '/by/stale')).toBe(200);
    await wire.cut();
    permissions = [];
    await here.shop.tokens.forget('joe');
    await delay(STALE_AFTER + 50);
    await wire.mend();
    await until(async () => (await statusOf(there, token, '/by/stale')) === 403);
  });

  it.each(['cut', 'stall'] as const)(
    'answer 503 when the way to Redis is gone (%s) and too much time has passed',
    async (how) => {
      const [good, revoked] = [await issue(here), await issue(here)];
      await there.shop.tokens.revoke(revoked);
      await wire[how]();
      // For as long as that it may rely on what it knows.
      expect([await statusOf(there, good), await statusOf(there, revoked)]).toEqual([200, 401]);
      await delay(STALE_AFTER + 50);
      const asked = performance.now();
      for (const path of ['/basket', '/by/stale', '/passport']) {
        expect(await there.shop.get(path, `Bearer ${good}`)).toMatchObject(refusal('ERR_POLICY_UNAVAILABLE'));
      }
      expect(performance.now() - asked).toBeLessThan(3 * 500 + 500);
      expect((await there.shop.get('/open')).status).toBe(200);
      await expect(there.shop.tokens.revoke(good)).rejects.toMatchObject({ code: 'ERR_POLICY_UNAVAILABLE' });
      if (how === 'cut') await wire.mend();
      else await wire.cut().then(() => wire.mend());
      await until(async () => (await statusOf(there, await issue(there))) === 200);
      expect(await statusOf(there, revoked)).toBe(401);
      expect(await statusOf(there, good)).toBe(401);
    },
  );

  it('have all that was revoked before they began, from their first request on', async () => {
    const tokens = await issueMany(here, 1_500);
    await revokeMany(() => here, tokens);
    const late = await openInstance(server.url, prefix);
    expect(await accepted(late, tokens)).toBe(0);
    await late.close();
  });

  it('leave Redis without what has ended', async () => {
    const { token } = await here.shop.tokens.issue({ id: 'short' }, { lifetime: '1s' });
    await here.shop.tokens.revoke(token);
    const keys = [`{${prefix}}:revocations`, `{${prefix}}:revocations:ends`] as const;
    expect(await here.redis.zcard(keys[1])).toBe(1);
    // As if two hours had passed since.
    const [field] = await here.redis.zrange(keys[1], 0, -1);
    await here.redis.zadd(keys[1], Date.now() - 7_200_000, field);
    await here.shop.tokens.revoke(await issue(here));
    expect(await here.redis.zrange(keys[1], 0, -1)).not.toContain(field);
    expect(await here.redis.hexists(keys[0], field)).toBe(0);
  });

  it('do not hear of each other under different prefixes', async () => {
    const stranger = await openInstance(server.url, freshPrefix());
    const token = await issue(here);
    await here.shop.tokens.revoke(token);
    await delay(200);
    expect(await statusOf(stranger, token)).toBe(200);
    await stranger.close();
  });
});

describeWithRedisServer('a Redis server of their own', () => {
  let server: TemporaryRedis;
  let here: Instance;
  let there: Instance;
  beforeEach(async () => {
    permissions = ['view'];
    server = await startRedis();
    [here, there] = [await openInstance(server.url, 'shop'), await openInstance(server.url, 'shop')];
  });
  afterEach(async () => {
    await Promise.all([here.close(), there.close()]);
    await server.stop();
  });

  it('is asked nothing for a token while the replica is current', async () => {
    const tokens = await issueMany(here, 50);
    await here.shop.tokens.revoke(tokens[0]);
    await until(async () => (await statusOf(there, tokens[0])) === 401);
    await here.redis.config('RESETSTAT');
    for (const token of tokens) await statusOf(there, token);
    await delay(300);
    const stats = await here.redis.info('commandstats');
    expect(stats).toMatch(/cmdstat_xread/);
    expect(stats).not.toMatch(/cmdstat_(hmget|hscan|get)\b/);
  });

  it('is left without connections when the apps have closed', async () => {
    const clients = async (): Promise<number> =>
      String(await observer.client('LIST'))
        .trim()
        .split('\n').length;
    const observer = new Redis(server.url);
    const third = await openInstance(server.url, 'shop');
    const before = await clients();
    await third.close();
    await expect(until(async () => (await clients()) === before - 2)).resolves.toBeGreaterThanOrEqual(0);
    observer.disconnect();
  });

  it('gets back what it has lost, and an instance that begins afterwards has it all', async () => {
    const tokens = await issueMany(here, 1_200);
    const spared = tokens.pop() ?? '';
    await revokeMany((index) => (index % 2 ? here : there), tokens);
    await here.shop.tokens.revokeAll('all');
    await server.kill();
    await server.restart();
    await until(async () => (await here.redis.hlen('{shop}:revocations')) >= 1_200 + 2);
    const late = await openInstance(server.url, 'shop');
    for (const instance of [here, there, late]) {
      await until(() =>
        accepted(instance, tokens).then(
          (still) => still === 0,
          () => false,
        ),
      );
      expect(await accepted(instance, [spared])).toBe(1);
    }
    await late.close();
  });

  it('gets back what a fail-over to an older copy has lost', async () => {
    const [kept, lost] = await issueMany(here, 2);
    await here.shop.tokens.revoke(kept);
    const copy = await here.redis.hgetall('{shop}:revocations');
    await here.shop.tokens.revoke(lost);
    await until(async () => (await accepted(there, [kept, lost])) === 0);
    await here.redis.multi().del('{shop}:revocations').hset('{shop}:revocations', copy).exec();
    await until(async () => (await here.redis.hlen('{shop}:revocations')) === 2 + 2);
    const late = await openInstance(server.url, 'shop');
    expect(await accepted(late, [kept, lost])).toBe(0);
    await late.close();
  });

  it('is no reason to let anybody in while it has lost what it held, even for who must ask it', async () => {
    const revoked = await issue(here);
    await here.shop.tokens.revoke(revoked);
    await server.kill();
    await delay(STALE_AFTER + 50);
    await server.restart();
    const statuses = new Set<number>();
    await until(async () => {
      statuses.add(await statusOf(here, revoked));
      return (await statusOf(here, await issue(here))) === 200;
    });
    expect([...statuses].filter((status) => status !== 401 && status !== 503)).toEqual([]);
  });

  it('can be killed and restarted under load without one revoked token getting in', async () => {
    const good = await issueMany(here, 20);
    const bad = await issueMany(here, 20);
    await revokeMany(() => here, bad);
    await until(async () => (await accepted(there, bad)) === 0);

    const seen = { good: new Map<number, number>(), bad: new Map<number, number>() };
    const load = new AbortController();
    const ended = load.signal;
    const client = async (instance: Instance, kind: 'good' | 'bad', tokens: string[]): Promise<void> => {
      for (let turn = 0; !ended.aborted; turn += 1) {
        const authorization = `Bearer ${tokens[turn % tokens.length]}`;
        const response = await fetch(`${instance.shop.url}/basket`, { headers: { authorization } });
        await response.arrayBuffer();
        seen[kind].set(response.status, (seen[kind].get(response.status) ?? 0) + 1);
      }
    };
    const clients = [here, there].flatMap((instance) => [
      ...Array.from({ length: 4 }, () => client(instance, 'good', good)),
      ...Array.from({ length: 4 }, () => client(instance, 'bad', bad)),
    ]);
    for (let round = 0; round < 2; round += 1) {
      await delay(200);
      await server.kill();
      await delay(STALE_AFTER + 900);
      await server.restart();
      await until(async () => (await statusOf(here, good[0])) === 200 && (await statusOf(there, good[0])) === 200);
    }
    await delay(200);
    load.abort();
    await Promise.all(clients);

    expect(new Set(seen.bad.keys())).toEqual(new Set([401, 503]));
    expect(new Set(seen.good.keys())).toEqual(new Set([200, 503]));
    expect(seen.good.get(200)).toBeGreaterThan(100);
  });

  it('may be missing at the start: 503 until it is there', async () => {
    await server.kill();
    const early = await openInstance(server.url, 'shop');
    const token = await issue(early);
    expect(await early.shop.get('/basket', `Bearer ${token}`)).toMatchObject(refusal('ERR_POLICY_UNAVAILABLE'));
    await server.restart();
    await until(async () => (await statusOf(early, token)) === 200);
    await early.close();
  });

  it('may hang: no request waits longer than it may', async () => {
    const token = await issue(here);
    server.freeze();
    await delay(STALE_AFTER + 50);
    const asked = performance.now();
    expect(await there.shop.get('/basket', `Bearer ${token}`)).toMatchObject(refusal('ERR_POLICY_UNAVAILABLE'));
    expect(performance.now() - asked).toBeLessThan(500 + 300);
    server.thaw();
    await until(async () => (await statusOf(there, token)) === 200);
  });
});
