import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import { Redis } from 'ioredis';
import { type PostgresClient, postgresSessions, postgresSessionsMigration } from 'nestjs-jwt-policy/postgres';
import { redisSessions } from 'nestjs-jwt-policy/redis';
import { Pool } from 'pg';
import { createClient, createCluster } from 'redis';
import type {
  Rotation,
  RotationOutcome,
  SessionRecord,
  SessionStore,
} from '../../libs/jwt-policy/src/issue/sessions/session-store.js';
import { KEPT_AFTER_END } from '../../libs/jwt-policy/src/stores/kept-after-end.js';
import { MemorySessions } from '../../libs/jwt-policy/src/stores/memory-sessions.js';
import { mistake, mistakeOf } from '../support/mistakes.js';
import { createDatabase, describeWithPostgres, type TemporaryDatabase } from '../support/postgres.js';
import { describeWithRedisServer, startRedis, type TemporaryRedis } from '../support/redis.js';
import { type Connected, REDIS_CLIENTS, withIoredis } from '../support/redis-clients.js';
import { until } from '../support/until.js';
import { openWire, type Wire } from '../support/wire.js';

const MINUTE = 60_000;
const GRACE = 10_000;
/** In the words of whichever part notices first. */
const UNREACHABLE = /^Redis.*(did not answer|not connected|max retries|not writeable|closed|offline|disconnect|ECONN)/i;
const CUT = /^Error: PostgreSQL: .*(terminat|ECONN|closed|not queryable)/i;

const hash = (text: string): string => createHash('sha256').update(text).digest('base64url');

function session(told: Partial<SessionRecord> = {}): SessionRecord {
  const [now, id] = [new Date(), randomUUID()];
  const ends = new Date(now.getTime() + 60 * MINUTE);
  const tokens = { family: hash(id), current: hash('first') };
  const times = { openedAt: now, usedAt: now, idleEndsAt: ends, endsAt: ends };
  return { id, subject: 'joe', data: '{}', ...tokens, ...times, isReused: false, ...told };
}

async function opened(store: SessionStore, told: Partial<SessionRecord> = {}): Promise<SessionRecord> {
  const added = session(told);
  await store.add(added);
  return added;
}

function rotation({ id, family, endsAt }: SessionRecord, token: string): Rotation {
  const words = { presented: hash(token), next: hash(`${token}+`), sealed: `sealed ${token}+` };
  return { id, family, ...words, at: new Date(), grace: GRACE, idleEndsAt: endsAt };
}

const rotate = (store: SessionStore, of: SessionRecord, token = 'first'): Promise<RotationOutcome> =>
  store.rotate(rotation(of, token));

const settled = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );

const keyOf = ({ id }: SessionRecord): string => `jwt-policy:session:${id}`;

/** All that a log could show of the error with which something ends. */
const errorOf = (work: Promise<unknown>): Promise<string> => work.then(() => 'none', inspect);

const secretsOf = ({ id, family, current }: SessionRecord): string[] => [
  id,
  family,
  current,
  hash('first+'),
  'sealed first+',
];

describeWithRedisServer.each(REDIS_CLIENTS)('sessions in a Redis that keeps its data, behind %s', (_name, connect) => {
  let folder: string;
  let server: TemporaryRedis;
  let mine: Connected;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'redis-'));
    server = await startRedis({ appendonly: 'yes', appendfsync: 'always', dir: folder });
    mine = await connect(server.url);
  });
  afterEach(async () => {
    mine.close();
    await server.stop();
    await rm(folder, { recursive: true });
  });

  it('are whole after it was killed while they were rotated', async () => {
    const store = redisSessions(mine.client, { timeout: '500ms' });
    await store.open();
    let cut = 0;
    for (let round = 0; round < 5; round += 1) {
      const sessions = await Promise.all(Array.from({ length: 200 }, () => opened(store)));
      const began = performance.now();
      const rotations = sessions.map((one) => rotate(store, one));
      const outcomes = Promise.allSettled(rotations);
      await Promise.race([delay(round * 2), rotations[0].catch(() => undefined)]);
      await server.kill();
      const told = await outcomes;
      const refused = told.filter((outcome) => outcome.status === 'rejected');
      expect(refused.filter(({ reason }) => !/Redis/.test(String(reason)))).toEqual([]);
      const rotated = told.filter((outcome) => outcome.status === 'fulfilled' && outcome.value.outcome === 'rotated');
      expect(rotated.length + refused.length).toBe(told.length);
      cut += refused.length;
      expect(performance.now() - began).toBeLessThan(5_000);
      await server.restart();
      await until(() => settled(store.find('x')));
      for (const one of sessions) {
        const again = await rotate(store, one);
        expect(['rotated', 'repeated']).toContain(again.outcome);
        expect(await rotate(store, one, 'first+')).toEqual({ outcome: 'rotated' });
      }
    }
    expect(cut).toBeGreaterThan(0);
  });
});

describeWithRedisServer.each(REDIS_CLIENTS)('sessions in Redis, behind %s', (_name, connect) => {
  let server: TemporaryRedis;
  let mine: Connected;
  let redis: Redis;
  beforeEach(async () => {
    server = await startRedis();
    mine = await connect(server.url);
    redis = withIoredis(server.url).client;
  });
  afterEach(async () => {
    mine.close();
    redis.disconnect();
    server.thaw();
    await server.stop();
  });

  it('are under keys that all expire by themselves, some time after they have ended', async () => {
    const store = redisSessions(mine.client);
    await store.open();
    const ended = new Date(Date.now() - KEPT_AFTER_END + 1_500);
    const [goes, stays] = [await opened(store, { subject: 'ann', idleEndsAt: ended, endsAt: ended }), session()];
    const idle = new Date(stays.openedAt.getTime() + MINUTE);
    await store.add({ ...stays, idleEndsAt: idle });
    const keys = [keyOf(goes), keyOf(stays), 'jwt-policy:sessions:"ann"', 'jwt-policy:sessions:"joe"'];
    expect((await redis.keys('*')).toSorted()).toEqual(keys.toSorted());
    const lifeOf = async (key: string): Promise<number> => Date.now() + (await redis.pttl(key)) - KEPT_AFTER_END;
    expect(Math.abs((await lifeOf(keyOf(stays))) - idle.getTime())).toBeLessThan(200);
    expect(Math.abs((await lifeOf('jwt-policy:sessions:"joe"')) - stays.endsAt.getTime())).toBeLessThan(200);
    expect(await rotate(store, goes)).toEqual({ outcome: 'expired' });
    await rotate(store, stays);
    expect(Math.abs((await lifeOf(keyOf(stays))) - stays.endsAt.getTime())).toBeLessThan(200);
    await until(async () => (await redis.exists(keyOf(goes), 'jwt-policy:sessions:"ann"')) === 0);
    expect(await rotate(store, goes)).toEqual({ outcome: 'unknown' });
  });

  it('are in an index that outlives all of them, whichever was opened last', async () => {
    const store = redisSessions(mine.client);
    await store.open();
    const soon = new Date(Date.now() + MINUTE);
    const [long] = [await opened(store), await opened(store, { idleEndsAt: soon, endsAt: soon })];
    const expected = long.endsAt.getTime() + KEPT_AFTER_END;
    expect(Math.abs(Date.now() + (await redis.pttl('jwt-policy:sessions:"joe"')) - expected)).toBeLessThan(200);
  });

  it('leave the index when they are gone: whenever it is listed, and a few with every other one', async () => {
    const store = redisSessions(mine.client);
    await store.open();
    for (let index = 0; index < 50; index += 1) await store.close((await opened(store)).id);
    expect(await redis.zcard('jwt-policy:sessions:"joe"')).toBeLessThan(10);
    const stays = await opened(store);
    const reused = await opened(store);
    await rotate(store, reused, 'another');
    // Both may have been opened in the same millisecond, and then in any order.
    const found = await store.list('joe', new Date());
    expect(found).toHaveLength(2);
    expect(found).toEqual(expect.arrayContaining([stays, { ...reused, isReused: true }]));
    expect(await redis.zcard('jwt-policy:sessions:"joe"')).toBe(2);
  });

  it('are refused at once, not waited for, while Redis is away or does not answer', async () => {
    const store = redisSessions(mine.client, { timeout: '300ms' });
    await store.open();
    const one = await opened(store);
    const everything = (): Promise<unknown>[] => [
      store.add(session()),
      store.find(one.id),
      rotate(store, one),
      store.list('joe', new Date()),
      store.close(one.id),
    ];
    const refusedWithin = async (limit: number): Promise<void> => {
      const asked = performance.now();
      for (const outcome of await Promise.allSettled(everything())) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { message: expect.stringMatching(UNREACHABLE) } });
      }
      expect(performance.now() - asked).toBeLessThan(limit);
    };
    server.freeze();
    await refusedWithin(600);
    await refusedWithin(100);
    server.thaw();
    await until(() => settled(store.find('x')));
    await server.kill();
    await delay(150);
    await refusedWithin(600);
    await refusedWithin(100);
    await server.restart();
    await until(() => settled(store.find('x')));
  });

  it('are not hurt by a rotation that Redis only hears of when its client has long got another token', async () => {
    const wire = await openWire(server.url, 6379);
    const theirs = await connect(wire.url);
    const [here, there] = [
      redisSessions(mine.client, { timeout: '200ms' }),
      redisSessions(theirs.client, { timeout: '200ms' }),
    ];
    await Promise.all([here.open(), there.open()]);
    const one = await opened(here);
    await wire.cut();
    await delay(50);
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await expect(rotate(there, one)).rejects.toThrow(UNREACHABLE);
      await delay(120);
    }
    for (const token of ['first', 'first+', 'first++']) {
      expect(await rotate(here, one, token)).toEqual({ outcome: 'rotated' });
    }
    await wire.mend();
    await until(() => settled(there.find('x')));
    await delay(100);
    expect(await rotate(there, one, 'first+++')).toEqual({ outcome: 'rotated' });
    theirs.close();
    await wire.cut();
  });

  it('are not hurt by a rotation that is sent again when the connection is back', async () => {
    const wire = await openWire(server.url, 6379);
    const theirs = await connect(wire.url);
    const [here, there] = [redisSessions(mine.client), redisSessions(theirs.client, { timeout: '300ms' })];
    await Promise.all([here.open(), there.open()]);
    const one = await opened(here);
    wire.stall();
    await expect(there.rotate({ ...rotation(one, 'first'), grace: 0 })).rejects.toThrow(UNREACHABLE);
    for (const token of ['first', 'first+', 'first++']) {
      await delay(5);
      expect(await here.rotate({ ...rotation(one, token), grace: 0 })).toEqual({ outcome: 'rotated' });
    }
    await wire.cut();
    await wire.mend();
    await until(() => settled(there.find('x')));
    await delay(100);
    expect(await rotate(there, one, 'first+++')).toEqual({ outcome: 'rotated' });
    theirs.close();
    await wire.cut();
  });

  it('are listed in rounds when they are many, none left out', async () => {
    const store = redisSessions(mine.client);
    await store.open();
    const many = await Promise.all(
      Array.from({ length: 450 }, (_, index) => opened(store, { openedAt: new Date(Date.now() + index) })),
    );
    expect((await store.list('joe', new Date(0))).map(({ id }) => id)).toEqual(many.map(({ id }) => id));
  });

  it('lose nothing and grant nothing when the instance ends between the two writes', async () => {
    const store = redisSessions(mine.client);
    await store.open();
    await redis.set('jwt-policy:sessions:"joe"', 'something that is no index');
    const half = session();
    await expect(store.add(half)).rejects.toThrow(/WRONGTYPE/);
    await redis.del('jwt-policy:sessions:"joe"');
    await until(() => settled(store.find('x')));
    expect(await store.list('joe', new Date())).toEqual([]);
    expect(await redis.pttl(keyOf(half))).toBeGreaterThan(0);
    const next = await opened(store);
    expect(await store.list('joe', new Date())).toEqual([next]);
  });
});

describeWithRedisServer('redisSessions()', () => {
  it('begins without a Redis, and goes on with one', async () => {
    const server = await startRedis();
    await server.kill();
    const { client, close } = withIoredis(server.url, { retryStrategy: () => 20 });
    const store = redisSessions(client, { timeout: '100ms' });
    await store.open();
    await expect(store.find('x')).rejects.toThrow(UNREACHABLE);
    await server.restart();
    await until(() => settled(store.find('x')));
    close();
    await server.stop();
  });

  it('connects a client of ioredis that is to connect with its first command', async () => {
    const server = await startRedis();
    const { client, close } = withIoredis(server.url, { lazyConnect: true });
    const store = redisSessions(client);
    expect(await store.find('x')).toBeNull();
    close();
    await server.stop();
  });
});

/** What a server says that does not know a command. */
const refused = async (name: string, ...args: string[]): Promise<unknown> => {
  const told = args.map((arg) => `'${arg}'`).join(' ');
  throw Object.assign(new Error(`ERR unknown command '${name}', with args beginning with: ${told}`), { args });
};

describe('an error of redisSessions()', () => {
  it('tells nothing of the arguments that Redis repeats', async () => {
    const client = { call: refused, duplicate: () => client, disconnect: () => undefined, on: () => undefined };
    const one = session();
    const asks = [(store: SessionStore) => store.add(one), (store: SessionStore) => rotate(store, one)];
    const errors = await Promise.all(asks.map((ask) => errorOf(ask(redisSessions(client)))));
    for (const error of errors) {
      expect(error).toMatch(/Redis: ERR unknown command/);
      for (const secret of secretsOf(one)) expect(error).not.toContain(secret);
    }
  });
});

describe('the options of redisSessions()', () => {
  const none = { call: async () => null, duplicate: () => none, disconnect: () => undefined, on: () => undefined };

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['prefix', { prefix: '' }, /is not a prefix/],
    ['prefix', { prefix: 'a{b}' }, /is not a prefix/],
    ['prefix', { prefix: 7 }, /is not a prefix/],
    ['timeout', { timeout: 1000 }, /unit/],
    ['timeout', { timeout: '61s' }, /between/],
    ['staleAfter', { staleAfter: '1s' }, /is not an option/],
  ])('refuse %s: %j', (option, options, problem) => {
    expect(mistakeOf(() => redisSessions(none, options))).toMatchObject(mistake(`redisSessions(): ${option}`, problem));
  });

  it.each([null, [], 7, new Map()])('refuse %p', (options) => {
    const problem = mistake('redisSessions()', /options that are no object/);
    expect(mistakeOf(() => redisSessions(none, options as never))).toMatchObject(problem);
  });

  it.each([undefined, {}, 'redis://localhost', createCluster({ rootNodes: [] })])(
    'come after a client, not %p',
    (given) => {
      const problem = mistake('redisSessions()', /no client that it knows/);
      expect(mistakeOf(() => redisSessions(given as never))).toMatchObject(problem);
    },
  );

  it('do not connect a client that was not told to', async () => {
    const problem = mistake('redisSessions()', /has not connected/);
    await expect(redisSessions(createClient()).open()).rejects.toMatchObject(problem);
  });
});

describeWithPostgres('sessions in PostgreSQL', () => {
  let database: TemporaryDatabase;
  let pool: Pool;
  let store: SessionStore;
  beforeAll(async () => {
    database = await createDatabase();
    await database.query(postgresSessionsMigration());
    pool = new Pool({ connectionString: database.url });
    pool.on('error', () => undefined);
    store = postgresSessions(pool);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });
  beforeEach(async () => {
    await pool.query('truncate jwt_policy_sessions');
  });

  /** Makes every rotation wait, does something, and lets them go on. */
  async function whileLocked(id: string, work: () => Promise<void>): Promise<void> {
    const holder = await pool.connect();
    await holder.query('begin');
    await holder.query('select from jwt_policy_sessions where id = $1 for update', [id]);
    try {
      await work();
    } finally {
      await holder.query('rollback');
      holder.release();
    }
  }

  const waiting = async (): Promise<number[]> => {
    const { rows } = await pool.query<{ pid: number }>(
      `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rows.map(({ pid }) => pid);
  };

  it('are rotated once, and repeated otherwise, by however many connections that wait for each other', async () => {
    const one = await opened(store);
    const many = new Pool({ connectionString: database.url, max: 30 });
    many.on('error', () => undefined);
    let rotations: Promise<RotationOutcome>[] = [];
    await whileLocked(one.id, async () => {
      rotations = Array.from({ length: 30 }, (_, index) =>
        postgresSessions(many).rotate({ ...rotation(one, 'first'), next: hash(`${index}`), sealed: `${index}` }),
      );
      await until(async () => (await waiting()).length === rotations.length);
    });
    const outcomes = await Promise.all(rotations);
    await many.end();
    const winner = outcomes.findIndex(({ outcome }) => outcome === 'rotated');
    expect(outcomes.filter(({ outcome }) => outcome === 'rotated')).toHaveLength(1);
    expect(outcomes.filter((told) => told.outcome === 'repeated' && told.sealed.join() === `${winner}`)).toHaveLength(
      29,
    );
    expect((await store.find(one.id))?.current).toBe(hash(`${winner}`));
  });

  it('are repeated for older tokens while they are rotated, and each repeat leads to the last', async () => {
    const one = await opened(store);
    const many = new Pool({ connectionString: database.url, max: 20 });
    many.on('error', () => undefined);
    const tokens = ['first', 'first+', 'first++', 'first+++'];
    const sealed = tokens.map((token) => `sealed ${token}+`);
    for (const [place] of tokens.entries()) {
      let rotations: Promise<RotationOutcome>[] = [];
      const presented = tokens.slice(0, place + 1);
      await whileLocked(one.id, async () => {
        rotations = [...presented, ...presented, ...presented].map((token) =>
          rotate(postgresSessions(many), one, token),
        );
        await until(async () => (await waiting()).length === rotations.length);
      });
      const outcomes = (await Promise.all(rotations)).map(({ outcome }) => outcome);
      expect(outcomes.toSorted()).toEqual([...Array<string>(outcomes.length - 1).fill('repeated'), 'rotated']);
      expect(await rotate(store, one)).toEqual({ outcome: 'repeated', sealed: sealed.slice(0, place + 1) });
    }
    await many.end();
  });

  it('are not hurt by a rotation that waits in the pool until its client has long got another token', async () => {
    const one = await opened(store);
    const busy = new Pool({ connectionString: database.url, max: 1 });
    busy.on('error', () => undefined);
    const holder = await busy.connect();
    const late = postgresSessions(busy).rotate({ ...rotation(one, 'first'), grace: 0 });
    for (const token of ['first', 'first+', 'first++']) {
      await delay(5);
      expect(await store.rotate({ ...rotation(one, token), grace: 0 })).toEqual({ outcome: 'rotated' });
    }
    holder.release();
    expect(await late).toEqual({ outcome: 'unknown' });
    expect(await rotate(store, one, 'first+++')).toEqual({ outcome: 'rotated' });
    await busy.end();
  });

  it('are as before when the database ends the connection during a rotation', async () => {
    const one = await opened(store);
    await whileLocked(one.id, async () => {
      const rotating = errorOf(rotate(store, one));
      await until(async () => (await waiting()).length === 1);
      await pool.query('select pg_terminate_backend($1)', await waiting());
      expect(await rotating).toMatch(CUT);
    });
    expect(await rotate(store, one)).toEqual({ outcome: 'rotated' });
  });

  it('are whole when the connection is cut during a rotation that the database carries out all the same', async () => {
    const wire = await openWire(database.url, 5432);
    const far = new Pool({ connectionString: wire.url });
    far.on('error', () => undefined);
    const one = await opened(store);
    await whileLocked(one.id, async () => {
      const rotating = errorOf(rotate(postgresSessions(far), one));
      await until(async () => (await waiting()).length === 1);
      await wire.cut();
      expect(await rotating).toMatch(CUT);
    });
    await until(async () => (await waiting()).length === 0);
    const again = await rotate(store, one);
    expect(['rotated', 'repeated']).toContain(again.outcome);
    expect(await rotate(store, one, 'first+')).toEqual({ outcome: 'rotated' });
    await far.end();
  });

  it('are whole whenever the connection is cut', async () => {
    for (let round = 0; round < 20; round += 1) {
      const wire: Wire = await openWire(database.url, 5432);
      const far = new Pool({ connectionString: wire.url, max: 20 });
      far.on('error', () => undefined);
      await far.query('select');
      const sessions = await Promise.all(Array.from({ length: 10 }, () => opened(store)));
      const rotations = Promise.allSettled(sessions.map((one) => rotate(postgresSessions(far), one)));
      await delay(round);
      await wire.cut();
      await rotations;
      for (const one of sessions) {
        expect(['rotated', 'repeated']).toContain((await rotate(store, one)).outcome);
        expect(await rotate(store, one, 'first+')).toEqual({ outcome: 'rotated' });
      }
      await far.end();
    }
  });

  it('leave the table by and by when they have ended, a few with every other one, and nobody waits for that', async () => {
    const ended = Date.now() - KEPT_AFTER_END - 1;
    const late = new Date(ended + MINUTE);
    await pool.query(`insert into jwt_policy_sessions
      select 'ended ' || i, '"joe"', '', '', '', '[]', 'opened', 0, 0, ${ended}, 0 from generate_series(1, 12) i`);
    const kept = await opened(store, { idleEndsAt: late });
    const count = async (): Promise<number> => (await pool.query('select from jwt_policy_sessions')).rows.length;
    expect(await count()).toBe(3);
    const { rows } = await pool.query<{ id: string }>('select id from jwt_policy_sessions where id <> $1', [kept.id]);
    await whileLocked(rows[0].id, async () => {
      await opened(store);
      expect(await count()).toBe(3);
    });
    await opened(store);
    expect(await count()).toBe(3);
    expect(await rotate(store, kept)).toEqual({ outcome: 'expired' });
  });

  it('are told of without their values when something fails', async () => {
    const one = await opened(store);
    const lite = await PGlite.create();
    await lite.exec(postgresSessionsMigration());
    const small = postgresSessions(lite);
    await small.add(one);
    const errors = [await errorOf(store.add(one)), await errorOf(small.add(one))];
    await lite.exec('drop table jwt_policy_sessions');
    errors.push(await errorOf(rotate(small, one)));
    for (const error of errors) {
      expect(error).toMatch(/PostgreSQL: (duplicate key|relation)/);
      for (const secret of secretsOf(one)) expect(error).not.toContain(secret);
    }
    await lite.close();
  });
});

describe('postgresSessions()', () => {
  let db: PGlite;
  beforeAll(async () => {
    db = await PGlite.create();
  });
  afterAll(() => db.close());

  it('ships its migration as a file, word for word', () => {
    expect(postgresSessionsMigration()).toBe(readFileSync('libs/jwt-policy/migrations/postgres-sessions.sql', 'utf8'));
  });

  it('does not start without its table, and names the migration', async () => {
    const problem = mistake('postgresSessions()', /finds no table jwt_policy_sessions/);
    await expect(postgresSessions(db).open()).rejects.toThrow(/run migrations\/postgres-sessions\.sql/);
    await expect(postgresSessions(db).open()).rejects.toMatchObject(problem);
    await db.exec('create table jwt_policy_sessions (id text primary key)');
    await expect(postgresSessions(db).open()).rejects.toMatchObject(problem);
    await db.exec('drop table jwt_policy_sessions');
    for (const _ of ['once', 'and again']) await db.exec(postgresSessionsMigration());
    await expect(postgresSessions(db).open()).resolves.toBeUndefined();
  });

  it('tells a database that is away from a table that is not there', async () => {
    const away: PostgresClient = { query: () => Promise.reject(new Error('connect ECONNREFUSED 127.0.0.1:1')) };
    await expect(postgresSessions(away).open()).rejects.toThrow('PostgreSQL: connect ECONNREFUSED 127.0.0.1:1');
  });

  it.each(['', 'Sessions', 'a b', 'a"b', 'a.b', '1a', "a'; --", 'x'.repeat(49), 'é', 7, null])(
    'refuses the table %p',
    (table) => {
      const problem = /is not a name for a table/;
      expect(mistakeOf(() => postgresSessions(db, { table } as never))).toMatchObject(
        mistake('postgresSessions(): table', problem),
      );
      expect(mistakeOf(() => postgresSessionsMigration(table as never))).toMatchObject(
        mistake('postgresSessionsMigration(): table', problem),
      );
    },
  );

  it.each([
    [undefined, {}, /nothing with a query/],
    [{}, {}, /nothing with a query/],
    ['postgres://localhost', {}, /nothing with a query/],
    [{ query: () => null }, null, /options that are no object/],
    [{ query: () => null }, [], /options that are no object/],
  ])('refuses %p with %p', (given, options, problem) => {
    const made = (): unknown => postgresSessions(given as never, options as never);
    expect(mistakeOf(made)).toMatchObject(mistake('postgresSessions()', problem));
  });

  it('refuses an option that it does not know', () => {
    expect(mistakeOf(() => postgresSessions(db, { schema: 'x' } as never))).toMatchObject(
      mistake('postgresSessions(): schema', /is not an option/),
    );
  });
});

describe('sessions in memory', () => {
  afterEach(() => jest.useRealTimers());

  it('leave it by themselves some time after they have ended, however often they were used', async () => {
    jest.useFakeTimers();
    const store = new MemorySessions();
    const ends = (minutes: number): Date => new Date(Date.now() + minutes * MINUTE);
    const used = await opened(store, { idleEndsAt: ends(2), endsAt: ends(600) });
    await opened(store, { idleEndsAt: ends(2), endsAt: ends(600) });
    let token = 'first';
    for (let minute = 0; minute < 120; minute += 1) {
      await jest.advanceTimersByTimeAsync(MINUTE);
      await store.rotate({ ...rotation(used, token), idleEndsAt: ends(2) });
      token += '+';
    }
    expect(store.size).toBe(1);
    expect(await store.list('joe', new Date())).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(KEPT_AFTER_END);
    expect([store.size, await rotate(store, used, token)]).toEqual([1, { outcome: 'expired' }]);
    await jest.advanceTimersByTimeAsync(4 * MINUTE);
    expect([store.size, await rotate(store, used, token)]).toEqual([0, { outcome: 'unknown' }]);
    expect(jest.getTimerCount()).toBe(0);
  });
});
