import request from 'supertest';
import type { Config } from '../../apps/demo/src/config.js';
import { as, openShop, type Platform, platforms, REVOKED, type Shop, verdict } from './shop.js';

describe.each(platforms)('the log-out on %s', (platform) => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop({ platform });
  }, 60_000);
  afterAll(() => shop.close());

  it('ends the token that it came with, and no other of the same person', async () => {
    const phone = await as(shop.url, 'joe');
    const laptop = await as(shop.url, 'joe');
    await phone.get('/basket').expect(200);
    const answer = await phone.post('/logout').expect(204);
    expect(answer.text).toBe('');
    expect(answer.headers['cache-control']).toBe('no-store');

    expect(verdict(await phone.get('/basket'))).toEqual(REVOKED);
    expect(verdict(await phone.get('/me'))).toEqual(REVOKED);
    expect(verdict(await phone.post('/basket/items').send({ sku: 'apple', quantity: 1 }))).toEqual(REVOKED);
    await laptop.get('/basket').expect(200, { items: [] });
  });

  it('happens once', async () => {
    const joe = await as(shop.url, 'joe');
    await joe.post('/logout').expect(204);
    expect(verdict(await joe.post('/logout'))).toEqual(REVOKED);
  });

  it('lets the same person log in again', async () => {
    await (await as(shop.url, 'ann')).post('/logout').expect(204);
    expect((await (await as(shop.url, 'ann')).get('/basket')).status).toBe(200);
  });

  it('is for everyone who is somebody, whatever they may do', async () => {
    await (await as(shop.url, 'bob')).post('/logout').expect(204);
    const anonymous = await request(shop.url).post('/logout');
    expect(verdict(anonymous)).toEqual([401, 'ERR_TOKEN_MISSING', 'Bearer realm="shop-api"']);
    const forged = await request(shop.url).post('/logout').auth('abc', { type: 'bearer' });
    expect(verdict(forged)).toEqual([401, 'ERR_TOKEN_INVALID', 'Bearer realm="shop-api", error="invalid_token"']);
  });
});

it.each<[Platform, Config['freshness']]>([
  ['express', 'token'],
  ['fastify', { maxStale: '1h' }],
])(
  'a log-out on %s holds at once where permissions are as fresh as %j',
  async (platform, freshness) => {
    const shop = await openShop({ platform, freshness });
    try {
      const joe = await as(shop.url, 'joe');
      await joe.get('/basket').expect(200);
      await joe.post('/logout').expect(204);
      expect(verdict(await joe.get('/basket'))).toEqual(REVOKED);
    } finally {
      await shop.close();
    }
  },
  60_000,
);
