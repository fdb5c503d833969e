import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { PGlite } from '@electric-sql/pglite';
import { Redis } from 'ioredis';
import { postgresSessions, postgresSessionsMigration } from 'nestjs-jwt-policy/postgres';
import { redisSessions } from 'nestjs-jwt-policy/redis';
import {
  sessionStoreContract,
  sharedSessionStoreContract,
  type SharedSessionStoreFactory,
} from 'nestjs-jwt-policy/testing';
import { Pool } from 'pg';
import type {
  Rotation,
  RotationOutcome,
  SessionRecord,
  SessionStore,
} from '../../libs/jwt-policy/src/issue/sessions/session-store.js';
import { MemorySessions } from '../../libs/jwt-policy/src/stores/memory-sessions.js';
import { createDatabase, describeWithPostgres, type TemporaryDatabase } from '../support/postgres.js';
import {
  describeWithRedis,
  describeWithRedisServer,
  freshPrefix,
  sharedRedis,
  startRedis,
  type TemporaryRedis,
} from '../support/redis.js';
import { type Connected, REDIS_CLIENTS } from '../support/redis-clients.js';
import { until } from '../support/until.js';

const BOTH = [...sessionStoreContract, ...sharedSessionStoreContract];

describe('a session store in memory', () => {
  it.each(sessionStoreContract)('$name', async ({ run }) => {
    await expect(run({ create: () => new MemorySessions() })).resolves.toBeUndefined();
  });
});

describeWithRedis.each(REDIS_CLIENTS)('a session store in Redis, through %s', (_name, connect) => {
  let server: Awaited<ReturnType<typeof sharedRedis>>;
  let one: Connected;
  let two: Connected;
  beforeAll(async () => {
    server = await sharedRedis();
    [one, two] = [await connect(server.url), await connect(server.url)];
  });
  afterAll(async () => {
    one.close();
    two.close();
    await server.stop();
  });

  it.each(BOTH)('$name', async ({ run }) => {
    const prefix = freshPrefix();
    const create = () => redisSessions(one.client, { prefix });
    const join = () => redisSessions(two.client, { prefix });
    await expect(run({ create, join })).resolves.toBeUndefined();
  });
});

describeWithRedisServer('a session store in a Redis that is a cluster', () => {
  let folder: string;
  let server: TemporaryRedis;
  let one: Redis;
  beforeAll(async () => {
    // All slots are on one server, which refuses a command or a script whose keys are of more than one all the same.
    folder = await mkdtemp(`${tmpdir()}/redis-`);
    server = await startRedis({ 'cluster-enabled': 'yes', dir: folder });
    one = new Redis(server.url);
    await one.call('CLUSTER', 'ADDSLOTS', ...Array.from({ length: 16_384 }, (_, slot) => slot));
    await until(async () => (await one.cluster('INFO')).includes('cluster_state:ok'));
  });
  afterAll(async () => {
    one.disconnect();
    await server.stop();
    await rm(folder, { recursive: true });
  });

  it('refuses a command with keys of two slots', async () => {
    await expect(one.del('a', 'b')).rejects.toThrow(/CROSSSLOT/);
  });

  it.each(BOTH)('$name', async ({ run }) => {
    const prefix = freshPrefix();
    const create = () => redisSessions(one, { prefix });
    await expect(run({ create, join: create })).resolves.toBeUndefined();
  });
});

describeWithPostgres('a session store in PostgreSQL, through pg', () => {
  let database: TemporaryDatabase;
  let one: Pool;
  let two: Pool;
  beforeAll(async () => {
    database = await createDatabase();
    await database.query(postgresSessionsMigration());
    [one, two] = [new Pool({ connectionString: database.url }), new Pool({ connectionString: database.url })];
    // A connection that has not ended yet is ended together with the database.
    for (const pool of [one, two]) pool.on('error', () => undefined);
  });
  afterAll(async () => {
    await Promise.all([one.end(), two.end()]);
    await database.drop();
  });

  it.each(BOTH)('$name', async ({ run }) => {
    await one.query('truncate jwt_policy_sessions');
    const [create, join] = [() => postgresSessions(one), () => postgresSessions(two)];
    await expect(run({ create, join })).resolves.toBeUndefined();
  });
});

describe('a session store in PostgreSQL, through PGlite', () => {
  let db: PGlite;
  beforeAll(async () => {
    db = await PGlite.create();
    await db.exec(postgresSessionsMigration('order'));
  });
  afterAll(() => db.close());

  it.each(BOTH)('$name', async ({ run }) => {
    await db.exec('truncate "order"');
    const create = () => postgresSessions(db, { table: 'order' });
    await expect(run({ create, join: create })).resolves.toBeUndefined();
  });
});

/** The claims that do not hold. */
async function brokenClaims(cases: typeof BOTH, create: () => SessionStore): Promise<string[]> {
  const factory: SharedSessionStoreFactory = { create, join: create };
  const outcomes = await Promise.allSettled(cases.map(({ run }) => run(factory)));
  return cases.filter((_, index) => outcomes[index].status === 'rejected').map(({ name }) => name);
}

const shifted = (date: Date, by: number): Date => new Date(date.getTime() + by);

describe('the session contract', () => {
  /** Rotates something else than it was told to. */
  class Told extends MemorySessions {
    constructor(private readonly change: (rotation: Rotation) => Partial<Rotation>) {
      super();
    }
    override rotate(rotation: Rotation): Promise<RotationOutcome> {
      return super.rotate({ ...rotation, ...this.change(rotation) });
    }
  }
  /** Says something else than has come of it. */
  class Says extends MemorySessions {
    constructor(private readonly change: (outcome: RotationOutcome, rotation: Rotation) => RotationOutcome) {
      super();
    }
    override async rotate(rotation: Rotation): Promise<RotationOutcome> {
      return this.change(await super.rotate(rotation), rotation);
    }
  }
  /** Keeps something else than it was given. */
  class Keeps extends MemorySessions {
    constructor(private readonly change: (session: SessionRecord) => Partial<SessionRecord>) {
      super();
    }
    override add(session: SessionRecord): Promise<void> {
      return super.add({ ...session, ...this.change(session) });
    }
  }
  class Forgetful extends MemorySessions {
    override async add(): Promise<void> {}
  }
  /** Looks, waits, and changes: what a store with `get` and `set` would do. */
  class Slow extends MemorySessions {
    private readonly rotations = new Map<string, Promise<RotationOutcome>>();
    override async rotate(rotation: Rotation): Promise<RotationOutcome> {
      const { id, presented } = rotation;
      const before = await this.find(id);
      const isCurrent = before?.current === presented;
      await Promise.resolve();
      if (!isCurrent) return super.rotate(rotation);
      const known = this.rotations.get(id + presented) ?? super.rotate(rotation);
      this.rotations.set(id + presented, known);
      return known;
    }
  }
  /** Remembers what was added. */
  class Remembering extends MemorySessions {
    protected readonly added = new Map<string, SessionRecord>();
    override add(session: SessionRecord): Promise<void> {
      this.added.set(session.id, session);
      return super.add(session);
    }
  }
  /** Puts back what it has rotated, also when it was closed meanwhile. */
  class Reviving extends Remembering {
    override async rotate(rotation: Rotation): Promise<RotationOutcome> {
      const outcome = await super.rotate(rotation);
      await new Promise(setImmediate);
      const before = this.added.get(rotation.id);
      if (outcome.outcome === 'rotated' && before && !(await this.find(rotation.id))) await this.add(before);
      return outcome;
    }
  }
  class Trusting extends Remembering {
    override rotate(rotation: Rotation): Promise<RotationOutcome> {
      return super.rotate({ ...rotation, family: this.added.get(rotation.id)?.family ?? rotation.family });
    }
  }
  class Lingering extends MemorySessions {
    override async close(): Promise<boolean> {
      return true;
    }
  }
  class Mute extends MemorySessions {
    override async close(id: string): Promise<boolean> {
      await super.close(id);
      return true;
    }
  }
  class Strict extends MemorySessions {
    override async close(id: string): Promise<boolean> {
      if (!(await this.find(id))) throw new Error('there is no such session');
      return super.close(id);
    }
  }
  /** Hides sessions that were found to be reused. */
  class Hiding extends MemorySessions {
    override async find(id: string): Promise<SessionRecord | null> {
      const found = await super.find(id);
      return found?.isReused ? null : found;
    }
  }
  /** Says nothing of them that others do not say, too. */
  class Lenient extends MemorySessions {
    override async find(id: string): Promise<SessionRecord | null> {
      const found = await super.find(id);
      return found && { ...found, isReused: false };
    }
  }
  /** Hands out what it holds. */
  class Sharing extends Remembering {
    private readonly shared = new Map<string, SessionRecord>();
    override async find(id: string): Promise<SessionRecord | null> {
      const [found, shared] = [await super.find(id), this.shared.get(id)];
      if (found === null) return null;
      if (shared?.current === found.current) return shared;
      this.shared.set(id, found);
      return found;
    }
  }
  /** Makes something of every rotation, however late it comes. */
  class Credulous extends MemorySessions {
    override async rotate(rotation: Rotation): Promise<RotationOutcome> {
      const [told, session] = [await super.rotate(rotation), await this.find(rotation.id)];
      const isLate = told.outcome === 'unknown' && session?.family === rotation.family;
      return isLate ? super.rotate({ ...rotation, at: session.usedAt, grace: 0 }) : told;
    }
  }
  class Lists extends MemorySessions {
    constructor(
      private readonly change: (found: readonly SessionRecord[], subject: string) => readonly SessionRecord[],
    ) {
      super();
    }
    override async list(subject: string, at: Date): Promise<readonly SessionRecord[]> {
      return this.change(await super.list(subject, at), subject);
    }
  }
  class ListsTooMany extends Remembering {
    override async list(subject: string): Promise<readonly SessionRecord[]> {
      const found = await Promise.all([...this.added.keys()].map((id) => this.find(id)));
      return found.filter((one) => one !== null).filter((one) => one.subject === subject);
    }
  }
  /** Looks for a token of the session before it looks whether that has ended. */
  class TokenFirst extends MemorySessions {
    override async rotate(rotation: Rotation): Promise<RotationOutcome> {
      const session = await this.find(rotation.id);
      const isOther = session?.family === rotation.family && session.current !== rotation.presented;
      return super.rotate(isOther ? { ...rotation, at: session.usedAt, grace: -1 } : rotation);
    }
  }
  class OwnClock extends Told {
    constructor() {
      super(() => ({ at: new Date() }));
    }
  }

  it.each<[string, () => SessionStore, RegExp]>([
    ['forgets what it is told', () => new Forgetful(), /finds a session as it was added/],
    ['keeps a text shorter', () => new Keeps(({ data }) => ({ data: data.slice(0, 65_536) })), /big data/],
    ['keeps JSON as another text', () => new Keeps(({ data }) => ({ data: `${data} ` })), /as it was added/],
    [
      'normalises subjects',
      () => new Keeps(({ subject }) => ({ subject: subject.normalize() })),
      /every text as a subject/,
    ],
    ['trims subjects', () => new Keeps(({ subject }) => ({ subject: subject.trim() })), /every text as a subject/],
    [
      'stumbles over lone surrogates',
      () => new Keeps(({ subject }) => ({ subject: Buffer.from(subject).toString() })),
      /every text as a subject/,
    ],
    ['goes by its own clock', () => new OwnClock(), /to the millisecond/],
    ['ends sessions too late', () => new Told(({ at }) => ({ at: shifted(at, -1) })), /to the millisecond/],
    ['ends sessions too soon', () => new Told(({ at }) => ({ at: shifted(at, 1) })), /to the millisecond/],
    ['has a longer grace', () => new Told(({ grace }) => ({ grace: grace + 1 })), /until the grace is over/],
    ['has a shorter grace', () => new Told(({ grace }) => ({ grace: grace - 1 })), /until the grace is over/],
    ['knows no grace', () => new Told(() => ({ grace: -1 })), /answers a repeat/],
    [
      'hands out what came with the repeat',
      () =>
        new Says((outcome, { sealed }) =>
          outcome.outcome === 'repeated' ? { outcome: 'repeated', sealed: [sealed] } : outcome,
        ),
      /kept with the first rotation/,
    ],
    [
      'does not move the idle end',
      () => new Told(({ at }) => ({ idleEndsAt: shifted(at, 86_400_000) })),
      /times of use and of the idle end/,
    ],
    [
      'discovers a reuse again and again',
      () => new Says((told) => (told.outcome === 'reused' ? { outcome: 'reused', discovered: true } : told)),
      /discovers a reuse once, and/,
    ],
    [
      'discovers a reuse never',
      () => new Says((told) => (told.outcome === 'reused' ? { outcome: 'reused', discovered: false } : told)),
      /discovers a reuse once, and/,
    ],
    [
      'says nothing of a reuse',
      () => new Says((told) => (told.outcome === 'reused' ? { outcome: 'unknown' } : told)),
      /any other token of the family/,
    ],
    [
      'says nothing of an end',
      () => new Says((told) => (told.outcome === 'expired' ? { outcome: 'unknown' } : told)),
      /to the millisecond/,
    ],
    ['asks for no family', () => new Trusting(), /no session of another id or family/],
    ['asks for the token before the end', () => new TokenFirst(), /asks for the end before the token/],
    ['looks first and changes later', () => new Slow(), /rotates a token once, however often/],
    ['brings back what was closed', () => new Reviving(), /brings no session back/],
    ['closes nothing', () => new Lingering(), /closes a session at once/],
    ['cannot close what is not there', () => new Strict(), /any number of times/],
    ['hides sessions that were reused', () => new Hiding(), /finds and lists a session that was found to be reused/],
    ['does not say that they were', () => new Lenient(), /finds and lists a session that was found to be reused/],
    [
      'remembers only the last rotation',
      () =>
        new Says((told) =>
          told.outcome === 'repeated' && told.sealed.length > 1 ? { outcome: 'reused', discovered: true } : told,
        ),
      /all that was kept since/,
    ],
    [
      'hands out the next token, not the current one',
      () =>
        new Says((told) =>
          told.outcome === 'repeated' ? { outcome: 'repeated', sealed: told.sealed.slice(0, 1) } : told,
        ),
      /all that was kept since/,
    ],
    [
      'hands out the last seal first',
      () =>
        new Says((told) =>
          told.outcome === 'repeated' ? { outcome: 'repeated', sealed: told.sealed.toReversed() } : told,
        ),
      /all that was kept since/,
    ],
    ['takes what comes late for theft', () => new Credulous(), /makes nothing of a rotation that comes late/],
    ['closes without a word', () => new Mute(), /tells one of those who close/],
    ['shares its dates', () => new Sharing(), /keeps its dates to itself/],
    ['lists a page', () => new Lists((found) => found.slice(0, 100)), /a hundred sessions and more/],
    ['lists the last one first', () => new Lists((found) => found.toReversed()), /in the order/],
    ['lists nobody', () => new Lists(() => []), /lists the sessions of a subject/],
    ['lists sessions that have ended', () => new ListsTooMany(), /lists none that is/],
    ['shares nothing', () => new MemorySessions(), /tells another instance/],
  ])('does not hold for a store that %s', async (_case, create, name) => {
    const cases = name.source.includes('instance') ? sharedSessionStoreContract : sessionStoreContract;
    expect(await brokenClaims([...cases], create)).toContainEqual(expect.stringMatching(name));
  });
});
