import { randomBytes } from 'node:crypto';
import request from 'supertest';
import type { Config } from '../../apps/demo/src/config.js';
import { createDatabase, describeWithPostgres, type TemporaryDatabase } from '../support/postgres.js';
import { describeWithRedisServer, startRedis, type TemporaryRedis } from '../support/redis.js';
import {
  as,
  type Opened,
  openSession,
  openShop,
  refresh,
  REVOKED,
  type Shop,
  tokenOf,
  until,
  verdict,
} from './shop.js';

const MISSING_VIEW = [
  403,
  'ERR_PERMISSION_MISSING',
  'Bearer realm="shop-api", error="insufficient_scope", scope="view"',
];

const by = (shop: Shop, { token }: Opened) => request.agent(shop.url).auth(token, { type: 'bearer' });

/** Thirty seconds is how stale a permission may be; this is how long a change really takes. */
const AT_ONCE = 500;

describeWithPostgres('two instances on one PostgreSQL', () => {
  describeWithRedisServer.each([
    ['express', 'fastify'],
    ['fastify', 'express'],
  ] as const)('and one Redis, here on %s and there on %s', (...platforms) => {
    let database: TemporaryDatabase;
    let redis: TemporaryRedis;
    let common: Partial<Config>;
    let here: Shop;
    let there: Shop;
    beforeAll(async () => {
      database = await createDatabase();
      redis = await startRedis();
      const jwtSecret = randomBytes(64).toString('base64url');
      common = { databaseUrl: database.url, redisUrl: redis.url, jwtSecret, freshness: { maxStale: '30s' } };
      [here, there] = await Promise.all(platforms.map((platform) => openShop({ platform, ...common })));
    }, 60_000);
    afterAll(async () => {
      await Promise.all([here.close(), there.close()]);
      await redis.stop();
      await database.drop();
    });

    it('take a permission away on both at once, and give it back', async () => {
      const joe = await as(there.url, 'joe');
      const root = await as(here.url, 'root');
      const permit = (permissions: string[]) => root.put('/users/1/permissions').send({ permissions }).expect(200);

      await joe.get('/basket').expect(200);
      await permit(['edit']);
      const taken = performance.now();
      expect(verdict(await until(403, () => joe.get('/basket')))).toEqual(MISSING_VIEW);
      expect(performance.now() - taken).toBeLessThan(AT_ONCE);

      await permit(['view', 'edit']);
      const given = performance.now();
      expect((await until(200, () => joe.get('/basket'))).status).toBe(200);
      expect(performance.now() - given).toBeLessThan(AT_ONCE);
    });

    it('hold to what they saw when nobody tells them', async () => {
      const joe = await as(there.url, 'joe');
      await joe.get('/basket').expect(200);
      await database.query(`update users set permissions = '{}' where name = 'joe'`);
      expect((await until(403, () => joe.get('/basket'), AT_ONCE)).status).toBe(200);
      await database.query(`update users set permissions = '{view,edit}' where name = 'joe'`);
    });

    it('share sessions: what is refreshed here is shown there, and what is closed there ends here', async () => {
      const [phone, laptop] = [
        await openSession(here.url, 'joe', 'phone'),
        await openSession(there.url, 'joe', 'laptop'),
      ];
      const { body: next } = await refresh(there.url, phone.refreshToken).expect(200);
      expect((await refresh(here.url, phone.refreshToken).expect(200)).body.refreshToken).toBe(next.refreshToken);

      const { body } = await by(there, laptop).get('/sessions').expect(200);
      const devices = (body.sessions as { id: string; device: string; current: boolean }[]).map((one) => one.device);
      expect(devices).toEqual(['phone', 'laptop']);

      await by(here, next as Opened)
        .get('/me')
        .expect(200);
      await by(there, laptop).delete(`/sessions/${body.sessions[0].id}`).expect(204);
      const closed = performance.now();
      for (const session of [phone, next as Opened]) {
        expect(verdict(await until(401, () => by(here, session).get('/me')))).toEqual(REVOKED);
        expect((await refresh(here.url, session.refreshToken)).status).toBe(401);
      }
      expect(performance.now() - closed).toBeLessThan(AT_ONCE);
      await by(here, laptop).get('/me').expect(200);
    });

    it('log out on both at once, and one that opens later knows of it', async () => {
      const token = await tokenOf(here.url, 'ann');
      const ann = (shop: Shop) => request.agent(shop.url).auth(token, { type: 'bearer' });
      await ann(there).get('/basket').expect(200);

      await ann(here).post('/logout').expect(204);
      const left = performance.now();
      expect(verdict(await until(401, () => ann(there).get('/basket')))).toEqual(REVOKED);
      expect(performance.now() - left).toBeLessThan(AT_ONCE);
      await (await as(there.url, 'ann')).get('/basket').expect(200);

      const later = await openShop(common);
      expect(verdict(await ann(later).get('/basket'))).toEqual(REVOKED);
      await later.close();
    });
  });
});
