import { connect } from 'node:net';
import { eq } from 'drizzle-orm';
import request from 'supertest';
import { type Database, DATABASE } from '../../apps/demo/src/database/database.js';
import { users } from '../../apps/demo/src/database/schema.js';
import { as, logIn, openShop, platforms, refusal, type Shop, tokenOf, verdict } from './shop.js';

describe.each(platforms)('the shop on %s', (platform) => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop({ platform });
  }, 60_000);
  afterAll(() => shop.close());

  it('lets joe log in, fill his basket, and lose the right to it at once', async () => {
    const answer = await logIn(shop.url, 'joe').expect(200);
    expect(answer.body).toEqual({ result: 'ok', token: expect.any(String), expiresAt: expect.any(String) });
    const joe = request.agent(shop.url).auth(answer.body.token, { type: 'bearer' });

    await joe.get('/basket').expect(200, { items: [] });
    await joe.post('/basket/items').send({ sku: 'apple', quantity: 2 }).expect(201, { sku: 'apple', quantity: 2 });
    await joe.get('/basket').expect(200, { items: [{ sku: 'apple', quantity: 2 }] });

    const root = await as(shop.url, 'root');
    const me = await joe.get('/me').expect(200);
    await root
      .put(`/users/${me.body.id}/permissions`)
      .send({ permissions: ['view'] })
      .expect(200, { id: me.body.id, name: 'joe', permissions: ['view'] });

    const refused = await joe.delete('/basket/items/apple').expect(403);
    expect(refused.body).toEqual({ ...refusal(403, 'Forbidden'), code: 'ERR_PERMISSION_MISSING' });
    expect(refused.headers['www-authenticate']).toMatch(/error="insufficient_scope", scope="edit"/);
    await joe.get('/basket').expect(200, { items: [{ sku: 'apple', quantity: 2 }] });

    await root
      .put(`/users/${me.body.id}/permissions`)
      .send({ permissions: ['view', 'edit'] })
      .expect(200);
    await joe.delete('/basket/items/apple').expect(204);
    await joe.get('/basket').expect(200, { items: [] });
  });

  it('issues tokens that last seven days and then until three in the morning', async () => {
    const { body } = await logIn(shop.url, 'joe').expect(200);
    const expiry = new Date(body.expiresAt);
    const inLondon = expiry.toLocaleTimeString('en-GB', { timeZone: 'Europe/London' });
    expect(inLondon).toBe('03:00:00');
    expect(expiry.getTime() - Date.now()).toBeGreaterThan(6.9 * 86_400_000);
    expect(expiry.getTime() - Date.now()).toBeLessThan(8.1 * 86_400_000);
    expect(body.expiresAt).toBe(expiry.toISOString());
  });

  it.each([
    ['nobody', 401, 401, 401, 401],
    ['bob', 200, 403, 403, 403],
    ['ann', 200, 200, 403, 403],
    ['joe', 200, 200, 201, 403],
    ['root', 200, 403, 403, 200],
  ])('gives %s what they may do and no more', async (who, me, see, add, permit) => {
    const client = who === 'nobody' ? request(shop.url) : await as(shop.url, who);
    const health = await request(shop.url).get('/health');
    expect([health.status, health.body]).toEqual([200, { status: 'ok' }]);
    await client.get('/me').expect(me);
    await client.get('/basket').expect(see);
    await client
      .post('/basket/items')
      .send({ sku: `of-${who}`, quantity: 1 })
      .expect(add);
    await client.put('/users/3/permissions').send({ permissions: [] }).expect(permit);
  });

  it('tells everyone with a token who they are', async () => {
    const ann = await as(shop.url, 'ann');
    expect((await ann.get('/me')).body).toEqual({ id: '2', name: 'ann', permissions: ['view'] });
    const bob = await as(shop.url, 'bob');
    expect((await bob.get('/me')).body).toEqual({ id: '3', name: 'bob', permissions: [] });
  });

  it('keeps baskets apart', async () => {
    const joe = await as(shop.url, 'joe');
    const root = await as(shop.url, 'root');
    await root
      .put('/users/4/permissions')
      .send({ permissions: ['view', 'admin'] })
      .expect(200);
    await joe.post('/basket/items').send({ sku: 'secret', quantity: 1 }).expect(201);
    expect((await root.get('/basket')).body).toEqual({ items: [] });
    await joe.delete('/basket/items/secret').expect(204);
  });

  it('adds up the same item, in parallel too, to 999 and no further', async () => {
    const joe = await as(shop.url, 'joe');
    const add = (quantity: number) => joe.post('/basket/items').send({ sku: 'nail', quantity });
    const answers = await Promise.all(Array.from({ length: 12 }, () => add(83)));
    expect(answers.every(({ status }) => status === 201)).toBe(true);
    await add(3).expect(201, { sku: 'nail', quantity: 999 });
    const refused = await add(1).expect(409);
    expect(refused.body).toEqual(refusal(409, 'Conflict'));
    await joe.delete('/basket/items/nail').expect(204);
    await joe.delete('/basket/items/nail').expect(404);
  });

  it.each([
    ['no body', undefined],
    ['a quantity in words', { sku: 'apple', quantity: '2' }],
    ['nothing of it', { sku: 'apple', quantity: 0 }],
    ['less than nothing', { sku: 'apple', quantity: -1 }],
    ['half of one', { sku: 'apple', quantity: 0.5 }],
    ['a thousand', { sku: 'apple', quantity: 1000 }],
    ['more than numbers hold', { sku: 'apple', quantity: 1e300 }],
    ['no sku', { quantity: 1 }],
    ['an empty sku', { sku: '', quantity: 1 }],
    ['a sku of 65 letters', { sku: 'a'.repeat(65), quantity: 1 }],
    ['a sku with a NUL', { sku: 'a\0', quantity: 1 }],
    ['a sku with a line break', { sku: 'apple\n', quantity: 1 }],
    ['a field too many', { sku: 'apple', quantity: 1, userId: 4 }],
    ['a list', [{ sku: 'apple', quantity: 1 }]],
  ])('refuses %s as an item', async (_name, item) => {
    const joe = await as(shop.url, 'joe');
    const { body } = await joe.post('/basket/items').send(item).expect(400);
    expect(body).toEqual(refusal(400, 'Bad Request'));
  });

  it.each([
    ['0', 400],
    ['-1', 400],
    ['01', 400],
    ['1e1', 400],
    ['joe', 400],
    ['2147483648', 400],
    ['99999999999999999999', 400],
    ['%00', 400],
    ['%F0%9F%8D%8E', 400],
    ['2147483647', 404],
  ])('answers for the user id %s with %i', async (id, status) => {
    const root = await as(shop.url, 'root');
    const { body } = await root.put(`/users/${id}/permissions`).send({ permissions: [] }).expect(status);
    expect(body).toEqual(refusal(status, status === 400 ? 'Bad Request' : 'Not Found'));
  });

  it.each([[{ permissions: ['fly'] }], [{ permissions: 'view' }], [{ permissions: null }], [{}], [null]])(
    'refuses %j as permissions',
    async (body) => {
      const root = await as(shop.url, 'root');
      const answer = await root
        .put('/users/3/permissions')
        .send(body ?? 'null')
        .type('json');
      expect(answer.status).toBe(400);
    },
  );

  it.each([
    ['with a NUL', 'a%00b'],
    ['with half a character', '%ED%A0%80'],
    ['of 65 letters', 'a'.repeat(65)],
    ['of 5000 letters', 'a'.repeat(5000)],
    ['with a slash', 'a%2Fb'],
    ['that is only a percent sign', '%'],
  ])('refuses a sku %s in a path', async (_name, sku) => {
    const joe = await as(shop.url, 'joe');
    const { body } = await joe.delete(`/basket/items/${sku}`).expect(400);
    expect(body).toEqual(refusal(400, 'Bad Request'));
  });

  it.each(['/basket', '/basket/', '//basket', '/BASKET', '/%62asket', '/basket?x=%'])(
    'guards %s like the basket it is',
    async (path) => {
      const token = await tokenOf(shop.url, 'ann');
      for (const method of ['GET', 'HEAD']) {
        const get = (headers: Record<string, string>) => fetch(`${shop.url}${path}`, { method, headers });
        expect((await get({})).status).toBe(401);
        expect((await get({ Authorization: `Bearer ${token}` })).status).toBe(200);
      }
    },
  );

  it.each(['/%', '/%zz', '/basket/items/%ff', '/users/%c3%28/permissions'])('answers 400 to %s', async (path) => {
    const answer = await fetch(`${shop.url}${path}`, { method: 'PUT' });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual(refusal(400, 'Bad Request'));
  });

  it('answers 404 to what is not there, without repeating what was asked for', async () => {
    const { body, headers } = await request(shop.url).get('/nowhere?token=abc').expect(404);
    expect(body).toEqual({ statusCode: 404, message: 'Not Found', error: 'Not Found' });
    expect(headers['x-powered-by']).toBeUndefined();
  });

  it.each(['OPTIONS', 'PATCH', 'TRACE', 'PROPFIND', 'QUERY', 'PURGE', 'LINK'])(
    'has nothing to say to %s',
    async (method) => {
      expect(await statusOf(shop.url, `${method} /basket HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).toMatch(
        /^4(00|04)$/,
      );
    },
  );

  it('takes a DELETE whose client always names a content type', async () => {
    const joe = await as(shop.url, 'joe');
    await joe.post('/basket/items').send({ sku: 'typed', quantity: 1 }).expect(201);
    expect((await joe.delete('/basket/items/typed').type('json')).status).toBe(204);
  });
});

describe('a shop that trusts its tokens', () => {
  it('lets joe keep what his token says until it ends', async () => {
    const shop = await openShop({ freshness: 'token' });
    try {
      const joe = await as(shop.url, 'joe');
      const root = await as(shop.url, 'root');
      await root.put('/users/1/permissions').send({ permissions: [] }).expect(200);
      await joe.get('/basket').expect(200);
      const joeAgain = await as(shop.url, 'joe');
      expect((await joeAgain.get('/basket')).status).toBe(403);
    } finally {
      await shop.close();
    }
  }, 60_000);
});

describe.each(platforms)('a shop on %s that looks people up once an hour', (platform) => {
  it('holds to what it saw, until a change is made through it', async () => {
    const shop = await openShop({ platform, freshness: { maxStale: '1h' } });
    try {
      const joe = await as(shop.url, 'joe');
      const root = await as(shop.url, 'root');
      await joe.get('/basket').expect(200);
      await shop.app.get<Database>(DATABASE).update(users).set({ permissions: [] }).where(eq(users.name, 'joe'));
      await joe.get('/basket').expect(200);

      await root
        .put('/users/1/permissions')
        .send({ permissions: ['edit'] })
        .expect(200);
      const refused = await joe.get('/basket');
      expect(verdict(refused)).toEqual([
        403,
        'ERR_PERMISSION_MISSING',
        'Bearer realm="shop-api", error="insufficient_scope", scope="view"',
      ]);
    } finally {
      await shop.close();
    }
  }, 60_000);
});

/** The status of a request as it stands: no client in between that would correct it. */
async function statusOf(url: string, message: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.end(message);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer.split(' ')[1] ?? 'none';
}
