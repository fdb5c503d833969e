import type { INestApplication, Type } from '@nestjs/common';
import { PGlite } from '@electric-sql/pglite';
import { Client } from 'pg';
import { JwtPolicyModule, type RevocationStore, TokenService } from 'nestjs-jwt-policy';
import { revocationStoreContract, sharedRevocationStoreContract } from 'nestjs-jwt-policy/testing';
import { OPTIONS } from '../support/guarded-shop.js';
import { send } from '../support/http.js';
import { boot } from '../support/mistakes.js';
import { listen, PLATFORMS } from '../support/platforms.js';
import { createDatabase, describeWithPostgres, type TemporaryDatabase } from '../support/postgres.js';
import { describeWithRedis, sharedRedis } from '../support/redis.js';
import { SECRET } from '../support/tokens.js';
import { run, snippetWith } from './run-snippet.js';

jest.setTimeout(60_000);

interface Database {
  query(sql: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}
type StoreClass = new (db: Database) => RevocationStore;

describe.each(PLATFORMS)('the account of the README on %s', (_name, adapter) => {
  const permissions: Record<string, string[]> = { joe: ['view'], root: ['admin'] };
  let app: INestApplication;
  let url: string;
  beforeAll(async () => {
    const users = { setPermissions: async (id: string, names: string[]) => void (permissions[id] = names) };
    const { AccountController } = run(snippetWith('class AccountController'), { users });
    ({ app, url } = await listen(
      {
        imports: [
          JwtPolicyModule.forRoot({
            ...OPTIONS,
            identify: { load: async (id) => ({ permissions: permissions[id] ?? [] }), freshness: { maxStale: '1h' } },
          }),
        ],
        controllers: [AccountController as Type<unknown>],
      },
      adapter,
    ));
  });
  afterAll(() => app.close());

  const logIn = async (id: string): Promise<string> => `Bearer ${(await app.get(TokenService).issue({ id })).token}`;
  const ask = async (method: string, path: string, authorization: string): Promise<number> =>
    (await send(url + path, authorization, { method })).status;

  it('logs out this token, or everything', async () => {
    const [one, two, three] = [await logIn('joe'), await logIn('joe'), await logIn('joe')];
    expect(await ask('POST', '/logout', one)).toBe(204);
    expect(await ask('POST', '/logout', one)).toBe(401);
    expect(await ask('POST', '/logout/everywhere', two)).toBe(204);
    expect(await ask('POST', '/logout', three)).toBe(401);
    expect(await ask('POST', '/logout', await logIn('joe'))).toBe(204);
  });

  it('suspends who was just let in', async () => {
    const [root, other] = [await logIn('root'), await logIn('root')];
    expect(await ask('PUT', '/users/joe/suspension', root)).toBe(200);
    expect(await ask('PUT', '/users/root/suspension', root)).toBe(200);
    expect(await ask('PUT', '/users/joe/suspension', other)).toBe(403);
    permissions.root = ['admin'];
    await app.get(TokenService).forget('root');
  });
});

describe('the store of the README', () => {
  const { PostgresRevocations } = run(snippetWith('class PostgresRevocations')) as { PostgresRevocations: StoreClass };

  describe('on the embedded PostgreSQL', () => {
    let db: PGlite;
    beforeAll(async () => {
      db = await PGlite.create();
    });
    afterAll(() => db.close());
    beforeEach(() => db.exec('drop table if exists revocations'));

    it.each(revocationStoreContract)('$name', async ({ run: claim }) => {
      await expect(claim({ create: () => new PostgresRevocations(db) })).resolves.toBeUndefined();
    });
  });

  describeWithPostgres('on a PostgreSQL server', () => {
    let database: TemporaryDatabase;
    let one: Client;
    let two: Client;
    beforeAll(async () => {
      database = await createDatabase();
      [one, two] = [new Client(database.url), new Client(database.url)];
      await Promise.all([one.connect(), two.connect()]);
    });
    afterAll(async () => {
      await Promise.all([one.end(), two.end()]);
      await database.drop();
    });
    beforeEach(() => one.query('drop table if exists revocations'));

    it.each([...revocationStoreContract, ...sharedRevocationStoreContract])('$name', async ({ run: claim }) => {
      const factory = { create: () => new PostgresRevocations(one), join: () => new PostgresRevocations(two) };
      await expect(claim(factory)).resolves.toBeUndefined();
    });
  });
});

describe('the contract of the README', () => {
  it('is told to Jest as it is to be told', async () => {
    const told: [name: string, claim: (one: unknown) => Promise<void>][] = [];
    const it = { each: (cases: { name: string }[]) => (_title: string, claim: (one: unknown) => Promise<void>) =>
      told.push(...cases.map(({ name }): (typeof told)[number] => [name, claim])) }; // prettier-ignore
    run(snippetWith("describe('my store'"), { describe: (_title: string, body: () => void) => body(), it });
    expect(told.map(([name]) => name)).toEqual(revocationStoreContract.map(({ name }) => name));
    await expect(told[0][1](revocationStoreContract[0])).resolves.toBeUndefined();
  });
});

describeWithRedis('the policy of the README for several instances', () => {
  let server: Awaited<ReturnType<typeof sharedRedis>>;
  const before = { ...process.env };
  beforeAll(async () => {
    server = await sharedRedis();
    Object.assign(process.env, { JWT_SECRET: SECRET, REDIS_URL: server.url });
  });
  afterAll(async () => {
    process.env = before;
    await server.stop();
  });

  it('starts and stops with ioredis', async () => {
    const { AppModule } = run(snippetWith("from 'ioredis'", 'class AppModule'));
    await expect(boot({ imports: [AppModule as Type<unknown>] })).resolves.toBeUndefined();
  });

  it('starts and stops with node-redis', async () => {
    interface Connected {
      readonly client: { destroy(): void };
      readonly revocations: RevocationStore;
    }
    const { connected } = run(snippetWith("from 'redis'")) as { connected: (url: string) => Promise<Connected> };
    const { client, revocations } = await connected(server.url);
    const policy = JwtPolicyModule.forRoot({ ...OPTIONS, identify: { revocations } });
    await expect(boot({ imports: [policy] })).resolves.toBeUndefined();
    client.destroy();
  });
});
