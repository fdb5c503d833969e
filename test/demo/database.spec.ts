import { sql } from 'drizzle-orm';
import type { Database } from '../../apps/demo/src/database/database.js';
import { type Connection, DatabaseUnreachable } from '../../apps/demo/src/database/database.js';
import { openEmbedded } from '../../apps/demo/src/database/embedded.js';
import { seed } from '../../apps/demo/src/database/example-people.js';
import { users } from '../../apps/demo/src/database/schema.js';
import { openServed } from '../../apps/demo/src/database/served.js';
import { createDatabase, describeWithPostgres, type TemporaryDatabase } from '../support/postgres.js';
import { openWire, type Wire } from '../support/wire.js';
import { as, logIn, openShop, platforms, refusal, type Shop } from './shop.js';

const everybody = (db: Database) => db.select().from(users).orderBy(users.id);

describe('the embedded database', () => {
  let connection: Connection;
  beforeAll(async () => {
    connection = await openEmbedded(true);
  }, 60_000);
  afterAll(() => connection.close());

  it('has the four people, each with a hash of their own', async () => {
    const people = await everybody(connection.db);
    expect(people.map(({ name, permissions }) => [name, permissions])).toEqual([
      ['joe', ['view', 'edit']],
      ['ann', ['view']],
      ['bob', []],
      ['root', ['admin']],
    ]);
    expect(new Set(people.map(({ passwordHash }) => passwordHash)).size).toBe(4);
  });

  it('is left alone by a second seed, whoever was changed or removed', async () => {
    const { db } = connection;
    await db.execute(sql`delete from users where name = 'ann'`);
    await db.execute(sql`update users set permissions = '{}', password_hash = 'changed' where name = 'joe'`);
    const before = await everybody(db);
    await seed(db);
    expect(await everybody(db)).toEqual(before);
  });

  it('holds no quantity out of range and no two people of one name', async () => {
    const { db } = connection;
    await expect(db.execute(sql`insert into basket_items values (1, 'a', 1000)`)).rejects.toThrow('Failed query');
    await expect(db.execute(sql`insert into users (name, password_hash) values ('joe', '')`)).rejects.toThrow(
      'Failed query',
    );
  });
});

describe('a database that is not there', () => {
  it('is reported with its place and without the password', async () => {
    const failure = await openServed('postgres://shop:s3cret-word@127.0.0.1:1/shop', true).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(DatabaseUnreachable);
    expect(String(failure)).toMatch(/127\.0\.0\.1:1 .*ECONNREFUSED.*DATABASE_URL/);
    expect(String(failure)).not.toMatch(/s3cret-word/);
  });
});

describeWithPostgres('a PostgreSQL server', () => {
  let database: TemporaryDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.drop());

  it('is set up once, however many instances start at the same time', async () => {
    const instances = await Promise.all(Array.from({ length: 4 }, () => openServed(database.url, true)));
    const [first] = instances;
    expect(first && (await everybody(first.db)).map(({ name }) => name)).toEqual(['joe', 'ann', 'bob', 'root']);
    expect(await database.query('select * from drizzle.__drizzle_migrations')).toHaveLength(2);
    await Promise.all(instances.map((instance) => instance.close()));
  });

  it('keeps what was changed when the shop opens again', async () => {
    await database.query(`update users set permissions = '{view}' where name = 'joe'`);
    const before = await database.query('select * from users order by id');
    await (await openServed(database.url, true)).close();
    expect(await database.query('select * from users order by id')).toEqual(before);
    await database.query(`update users set permissions = '{view,edit}' where name = 'joe'`);
  });

  it('gets no example people when the shop is told so', async () => {
    const empty = await createDatabase();
    await (await openServed(empty.url, false)).close();
    expect(await empty.query('select * from users')).toEqual([]);
    await empty.drop();
  });

  it('is told apart from one that refuses us, by its code', async () => {
    const elsewhere = new URL(database.url);
    elsewhere.pathname = '/no_such_database';
    await expect(openServed(elsewhere.href, true)).rejects.toThrow(/\(3D000\)/);
  });

  describe.each(platforms)('behind a shop on %s', (platform) => {
    let wire: Wire;
    let shop: Shop;
    beforeAll(async () => {
      wire = await openWire(database.url, 5432);
      shop = await openShop({ platform, databaseUrl: wire.url });
    }, 30_000);
    afterAll(async () => {
      await shop.close();
      await wire.cut();
    });

    it('is worth a 503 to everyone while it is away, and serves again when it is back', async () => {
      const joe = await as(shop.url, 'joe');
      await joe.post('/basket/items').send({ sku: platform, quantity: 1 }).expect(201);

      await wire.cut();
      const guarded = await joe.get('/basket').expect(503);
      expect(guarded.body).toMatchObject({ code: 'ERR_POLICY_UNAVAILABLE' });
      const { body, headers } = await logIn(shop.url, 'joe').expect(503);
      expect(body).toEqual(refusal(503, 'Service Unavailable'));
      expect(JSON.stringify(body)).not.toMatch(/select|ECONN|postgres|joe/i);
      expect(headers['cache-control']).toBe('no-store');

      await wire.mend();
      await joe.delete(`/basket/items/${platform}`).expect(204);
    });
  });

  it('turns a basket of someone who was just removed into a 409', async () => {
    const shop = await openShop({ databaseUrl: database.url, freshness: 'token' });
    const joe = await as(shop.url, 'joe');
    await database.query(`delete from users where name = 'joe'`);
    const { body } = await joe.post('/basket/items').send({ sku: 'apple', quantity: 1 }).expect(409);
    expect(body).toEqual(refusal(409, 'Conflict'));
    await shop.close();
  });
});
