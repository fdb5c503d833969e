/* oxlint-disable unicorn/consistent-function-scoping -- small helpers stand beside the claims that they serve */
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import {
  InvalidToken,
  type IdentityLoader,
  JwtPolicyModule,
  MemorySessions,
  type OpenedSession,
  PolicyUnavailable,
  type SessionStore,
  TokenService,
} from 'nestjs-jwt-policy';
import { postgresSessions, postgresSessionsMigration } from 'nestjs-jwt-policy/postgres';
import { redisRevocations, redisSessions } from 'nestjs-jwt-policy/redis';
import { Pool } from 'pg';
import { GuardedShop, OPTIONS } from '../support/guarded-shop.js';
import { boot, mistake } from '../support/mistakes.js';
import { PLATFORMS } from '../support/platforms.js';
import { createDatabase, describeWithPostgres } from '../support/postgres.js';
import { describeWithRedis, freshPrefix, sharedRedis } from '../support/redis.js';
import { refusal } from '../support/refusals.js';
import { recordTokenEvents } from '../support/token-events.js';
import { until } from '../support/until.js';
import { openWire, type Wire } from '../support/wire.js';

const JOE = { id: 'joe', permissions: ['view'] };

beforeAll(() => Logger.overrideLogger(false));

describe.each(PLATFORMS)('a session on %s', (_name, adapter) => {
  let shop: GuardedShop;
  let loaded: Awaited<ReturnType<IdentityLoader>> = { permissions: ['view'] };
  beforeAll(async () => {
    shop = await GuardedShop.open(adapter, { identify: { load: async () => loaded, freshness: 'token' } });
  });
  afterAll(() => shop.close());
  beforeEach(() => {
    loaded = { permissions: ['view'] };
  });
  const statusOf = async ({ token }: { token: string }, path = '/basket'): Promise<number> =>
    (await shop.get(path, `Bearer ${token}`)).status;

  it('gives access tokens that open routes, until it is closed', async () => {
    const opened = await shop.tokens.openSession(JOE);
    const next = await shop.tokens.refresh(opened.refreshToken);
    for (const path of ['/basket', '/me', '/passport']) {
      expect([await statusOf(opened, path), await statusOf(next, path)]).toEqual([200, 200]);
    }
    await shop.tokens.closeSession(next.refreshToken);
    for (const { token } of [opened, next]) {
      for (const path of ['/basket', '/me', '/passport']) {
        expect(await shop.get(path, `Bearer ${token}`)).toMatchObject(refusal('ERR_TOKEN_REVOKED'));
      }
    }
  });

  it('gives refresh tokens that open no route', async () => {
    const { refreshToken } = await shop.tokens.openSession(JOE);
    for (const path of ['/basket', '/me', '/passport']) {
      expect(await shop.get(path, `Bearer ${refreshToken}`)).toMatchObject(refusal('ERR_TOKEN_INVALID'));
    }
    await expect(shop.tokens.verify(refreshToken)).rejects.toMatchObject({ code: 'ERR_TOKEN_INVALID' });
  });

  it('is refreshed with what its subject may do today', async () => {
    const opened = await shop.tokens.openSession(JOE);
    loaded = { permissions: ['edit'] };
    const next = await shop.tokens.refresh(opened.refreshToken);
    expect([await statusOf(opened), await statusOf(next)]).toEqual([200, 403]);
    loaded = null;
    await expect(shop.tokens.refresh(next.refreshToken)).rejects.toMatchObject({ code: 'ERR_SUBJECT_UNKNOWN' });
    expect(await statusOf(opened, '/me')).toBe(401);
  });

  it('needs no option', async () => {
    const plain = await GuardedShop.open(adapter);
    const opened = await plain.tokens.openSession(JOE);
    const next = await plain.tokens.refresh(opened.refreshToken);
    expect((await plain.get('/basket', `Bearer ${next.token}`)).status).toBe(200);
    await plain.close();
  });
});

describe('the store of sessions', () => {
  it('is opened while the app starts, and says then what it lacks', async () => {
    class Unprepared extends MemorySessions {
      opened = 0;
      async open(): Promise<void> {
        this.opened += 1;
        if (this.opened > 1) throw new Error('the table is missing');
      }
    }
    const store = new Unprepared();
    const imports = [JwtPolicyModule.forRoot({ ...OPTIONS, issue: { sessions: { store } } })];
    await boot({ imports });
    expect(store.opened).toBe(1);
    await expect(boot({ imports })).rejects.toThrow('the table is missing');
  });

  it('is asked for when the options name something else', async () => {
    const sessions = { store: {} as SessionStore };
    const imports = [JwtPolicyModule.forRoot({ ...OPTIONS, issue: { sessions } })];
    await expect(boot({ imports })).rejects.toMatchObject(mistake('issue.sessions.store', /is not a store/));
  });
});

interface Backend {
  /** A store as another instance would make it, over a way that can be taken away. */
  connect(): Promise<{ store: SessionStore; wire: Wire; close(): Promise<void> }>;
  drop(): Promise<void>;
}

async function redisBackend(): Promise<Backend> {
  const server = await sharedRedis();
  const prefix = freshPrefix();
  return {
    connect: async () => {
      const wire = await openWire(server.url, 6379);
      const client = new Redis(wire.url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
      client.on('error', () => undefined);
      return {
        store: redisSessions(client, { prefix, timeout: '5s' }),
        wire,
        close: async () => {
          client.disconnect();
          await wire.cut().catch(() => undefined);
        },
      };
    },
    drop: () => server.stop(),
  };
}

async function postgresBackend(): Promise<Backend> {
  const database = await createDatabase();
  await database.query(postgresSessionsMigration());
  return {
    connect: async () => {
      const wire = await openWire(database.url, 5432);
      const pool = new Pool({ connectionString: wire.url, max: 8 });
      pool.on('error', () => undefined);
      return {
        store: postgresSessions(pool),
        wire,
        close: async () => {
          await pool.end();
          await wire.cut().catch(() => undefined);
        },
      };
    },
    drop: () => database.drop(),
  };
}

interface Instance {
  readonly shop: GuardedShop;
  readonly tokens: TokenService;
  readonly wire: Wire;
  close(): Promise<void>;
}

const refused = (code: string): object => ({ constructor: InvalidToken, code });

/** Does the same on both instances by turns, at once. */
function atOnce<T>(count: number, instances: readonly Instance[], work: (tokens: TokenService) => Promise<T>) {
  return Promise.all(Array.from({ length: count }, (_, index) => work(instances[index % instances.length].tokens)));
}

function sharedSessions(openBackend: () => Promise<Backend>): void {
  let revocations: Awaited<ReturnType<typeof sharedRedis>>;
  let backend: Backend;
  let prefix: string;
  let load: IdentityLoader;
  let instances: Instance[];
  let recorded: ReturnType<typeof recordTokenEvents>;
  beforeAll(async () => {
    revocations = await sharedRedis();
    backend = await openBackend();
  });
  afterAll(async () => {
    await backend.drop();
    await revocations.stop();
  });
  beforeEach(() => {
    prefix = freshPrefix();
    load = async () => ({ permissions: ['view'] });
    instances = [];
    recorded = recordTokenEvents();
  });
  afterEach(async () => {
    recorded.stop();
    await Promise.all(instances.map((instance) => instance.close()));
  });

  async function openInstance({
    grace = '10s',
    most = 100,
    wrap = (store: SessionStore) => store,
  } = {}): Promise<Instance> {
    const { store, wire, ...way } = await backend.connect();
    const redis = new Redis(revocations.url, { maxRetriesPerRequest: null });
    redis.on('error', () => undefined);
    const shop = await GuardedShop.open(PLATFORMS[instances.length % 2][1], {
      identify: {
        revocations: redisRevocations(redis, { prefix, timeout: '5s' }),
        load: (subject, token) => load(subject, token),
        freshness: 'token',
        timeout: '8s',
      },
      issue: { sessions: { store: wrap(store), grace: grace as '10s', most } },
    });
    const instance = {
      shop,
      tokens: shop.tokens,
      wire,
      close: async () => {
        await shop.close();
        redis.disconnect();
        await way.close();
      },
    };
    instances.push(instance);
    return instance;
  }

  const statusOf = async ({ shop }: Instance, { token }: { token: string }): Promise<number> =>
    (await shop.get('/basket', `Bearer ${token}`)).status;
  const untilRefused = (instance: Instance, opened: { token: string }): Promise<number> =>
    until(async () => (await statusOf(instance, opened)) === 401);
  const count = (type: string): number => recorded.events.filter((event) => event.type === type).length;

  it('give one successor to a hundred who refresh the same token at once, and log nobody out', async () => {
    const [here, there] = [await openInstance(), await openInstance()];
    const subject = `hundred-${prefix}`;
    const opened = await here.tokens.openSession({ ...JOE, id: subject });
    const results = await atOnce(100, [here, there], (tokens) => tokens.refresh(opened.refreshToken));
    expect(new Set(results.map(({ refreshToken }) => refreshToken)).size).toBe(1);
    expect(new Set(results.map(({ sessionId }) => sessionId))).toEqual(new Set([opened.sessionId]));
    expect(new Set(results.map(({ refreshExpiresAt }) => refreshExpiresAt.getTime())).size).toBe(1);
    expect(new Set(results.map(({ id }) => id)).size).toBe(100);
    expect([count('session-refreshed'), count('session-reused'), count('issued')]).toEqual([1, 0, 101]);
    for (const instance of [here, there]) {
      expect(await instance.tokens.sessions(subject)).toMatchObject([{ id: opened.sessionId }]);
      for (const one of [opened, results[0], results[99]]) expect(await statusOf(instance, one)).toBe(200);
    }
    const next = await there.tokens.refresh(results[0].refreshToken);
    expect(await statusOf(here, next)).toBe(200);
  }, 60_000);

  it('end when a token comes back after the grace, on both, with one event', async () => {
    const [here, there] = [await openInstance({ grace: '0s' }), await openInstance({ grace: '0s' })];
    const subject = `thief-${prefix}`;
    const opened = await here.tokens.openSession({ ...JOE, id: subject });
    const other = await there.tokens.openSession({ ...JOE, id: subject });
    const next = await there.tokens.refresh(opened.refreshToken);
    expect([await statusOf(here, next), await statusOf(there, opened)]).toEqual([200, 200]);
    await delay(5);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 ? here : there).tokens.refresh(index % 3 ? opened.refreshToken : next.refreshToken),
      ),
    );
    const taken = outcomes.filter((outcome) => outcome.status === 'fulfilled').map(({ value }) => value);
    for (const one of [opened, next, ...taken]) {
      await expect(here.tokens.refresh(one.refreshToken)).rejects.toMatchObject(refused('ERR_TOKEN_REVOKED'));
      for (const instance of [here, there]) await untilRefused(instance, one);
    }
    expect(await there.shop.get('/basket', `Bearer ${next.token}`)).toMatchObject(refusal('ERR_TOKEN_REVOKED'));
    expect(count('session-reused')).toBe(1);
    for (const instance of [here, there]) {
      expect((await instance.tokens.sessions(subject)).map(({ id }) => id)).toEqual([other.sessionId]);
      expect(await statusOf(instance, other)).toBe(200);
    }
  }, 60_000);

  it('go on elsewhere when an instance dies between the rotation and the answer', async () => {
    let rotated: () => void = () => undefined;
    const seen = new Promise<void>((resolve) => (rotated = resolve));
    const dying = await openInstance({
      wrap: (store) =>
        Object.assign(Object.create(store) as SessionStore, {
          rotate: async (rotation: Parameters<SessionStore['rotate']>[0]) => {
            await store.rotate(rotation);
            rotated();
            return new Promise(() => undefined);
          },
        }),
    });
    const [here, there] = [await openInstance(), await openInstance()];
    const opened = await here.tokens.openSession(JOE);
    const lost = dying.tokens.refresh(opened.refreshToken).catch(() => undefined);
    await seen;
    const [one, two] = [
      await here.tokens.refresh(opened.refreshToken),
      await there.tokens.refresh(opened.refreshToken),
    ];
    expect(one.refreshToken).toBe(two.refreshToken);
    const next = await here.tokens.refresh(one.refreshToken);
    for (const instance of [here, there]) expect(await statusOf(instance, next)).toBe(200);
    await lost;
  }, 60_000);

  it('are closed on both by one, and stay closed for who refreshes meanwhile', async () => {
    const [here, there] = [await openInstance(), await openInstance()];
    const subject = `closing-${prefix}`;
    for (let round = 0; round < 10; round += 1) {
      const opened = await here.tokens.openSession({ ...JOE, id: subject });
      const [closed, ...refreshes] = await Promise.allSettled([
        here.tokens.closeSession(opened.refreshToken),
        ...[here, there, here, there].map(({ tokens }) => tokens.refresh(opened.refreshToken)),
      ]);
      expect(closed).toEqual({ status: 'fulfilled', value: true });
      const refusals = refreshes
        .filter((outcome) => outcome.status === 'rejected')
        .map(({ reason }) => reason as Error);
      expect(refusals.filter((error) => !(error instanceof InvalidToken))).toEqual([]);
      const given = refreshes.filter((outcome) => outcome.status === 'fulfilled').map(({ value }) => value);
      for (const one of [opened, ...given]) {
        for (const instance of [here, there]) {
          await expect(instance.tokens.refresh(one.refreshToken)).rejects.toBeInstanceOf(InvalidToken);
          await untilRefused(instance, one);
        }
      }
      expect(await there.tokens.sessions(subject)).toEqual([]);
    }
  }, 60_000);

  it('are all over everywhere after revokeAll()', async () => {
    const [here, there] = [await openInstance(), await openInstance()];
    const subject = `all-${prefix}`;
    const mine = await atOnce(6, [here, there], (tokens) => tokens.openSession({ ...JOE, id: subject }));
    await there.tokens.revokeAll(subject);
    for (const one of mine) {
      await expect(here.tokens.refresh(one.refreshToken)).rejects.toMatchObject({ constructor: InvalidToken });
      for (const instance of [here, there]) await untilRefused(instance, one);
    }
    expect(await here.tokens.sessions(subject)).toEqual([]);
    expect(count('session-closed')).toBe(6);
  }, 60_000);

  it('are no more than a subject may have when the next one is opened, on whichever many were at once', async () => {
    const [here, there] = [await openInstance({ most: 5 }), await openInstance({ most: 5 })];
    const subject = `many-${prefix}`;
    const together = await atOnce(40, [here, there], (tokens) => tokens.openSession({ ...JOE, id: subject }));
    const opened = [...together, await there.tokens.openSession({ ...JOE, id: subject })];
    const left = await here.tokens.sessions(subject);
    expect([left.length, count('session-closed')]).toEqual([5, 36]);
    const ids = new Set(left.map(({ id }) => id));
    const refreshed = await Promise.allSettled(opened.map((one) => there.tokens.refresh(one.refreshToken)));
    expect(refreshed.map(({ status }) => status === 'fulfilled')).toEqual(
      opened.map(({ sessionId }) => ids.has(sessionId)),
    );
  }, 60_000);

  it('give a slow tab the token that is good now, and not the one after its own', async () => {
    const [here, there] = [await openInstance(), await openInstance()];
    const first = await here.tokens.openSession(JOE);
    const second = await there.tokens.refresh(first.refreshToken);
    const third = await here.tokens.refresh(second.refreshToken);
    for (const { tokens } of [here, there]) {
      for (const { refreshToken } of [first, second]) {
        expect((await tokens.refresh(refreshToken)).refreshToken).toBe(third.refreshToken);
      }
    }
    expect(count('session-reused')).toBe(0);
    expect(await statusOf(here, await there.tokens.refresh(third.refreshToken))).toBe(200);
  }, 60_000);

  it('cost the client nothing while the loader or the store is away: the same token does it afterwards', async () => {
    const [here, there] = [await openInstance(), await openInstance()];
    const opened = await here.tokens.openSession(JOE);
    load = () => Promise.reject(new Error('down'));
    await expect(there.tokens.refresh(opened.refreshToken)).rejects.toBeInstanceOf(PolicyUnavailable);
    load = async () => ({ permissions: ['view'] });
    await there.wire.cut();
    await delay(50);
    for (const ask of [
      () => there.tokens.refresh(opened.refreshToken),
      () => there.tokens.openSession(JOE),
      () => there.tokens.sessions('joe'),
      () => there.tokens.closeSession(opened.refreshToken),
    ]) {
      await expect(ask()).rejects.toBeInstanceOf(PolicyUnavailable);
    }
    expect(await statusOf(there, opened)).toBe(200);
    await there.wire.mend();
    let next: OpenedSession | undefined;
    await until(async () => {
      next = await there.tokens.refresh(opened.refreshToken).catch(() => undefined);
      return next !== undefined;
    });
    if (!next) throw new Error('it was not refreshed');
    expect(await statusOf(here, next)).toBe(200);
    expect(count('session-reused')).toBe(0);
  }, 60_000);
}

describeWithRedis('sessions that two instances share through Redis', () => sharedSessions(redisBackend));

describeWithRedis('with revocations in Redis', () => {
  describeWithPostgres('sessions that two instances share through PostgreSQL', () => sharedSessions(postgresBackend));
});
