import type { INestApplication, Type } from '@nestjs/common';
import type { Pool } from 'pg';
import { JwtPolicyModule, TokenService } from 'nestjs-jwt-policy';
import { OPTIONS } from '../support/guarded-shop.js';
import { type Answer, send } from '../support/http.js';
import { boot } from '../support/mistakes.js';
import { listen, PLATFORMS } from '../support/platforms.js';
import { createDatabase, describeWithPostgres } from '../support/postgres.js';
import { SECRET } from '../support/tokens.js';
import { run, snippetWith } from './run-snippet.js';

const PASSWORD = 'joe-buys-apples';
const before = { ...process.env };
afterEach(() => {
  process.env = { ...before };
});

const json = (body: object, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json', ...headers },
});

describe.each(PLATFORMS)('the sessions of the README on %s', (_name, adapter) => {
  let app: INestApplication;
  let url: string;
  beforeAll(async () => {
    const users = {
      find: async (_who: string, password: string) => (password === PASSWORD ? { id: 7, permissions: ['view'] } : null),
    };
    const { SessionsController } = run(snippetWith('class SessionsController'), { users });
    const imports = [JwtPolicyModule.forRoot(OPTIONS)];
    ({ app, url } = await listen({ imports, controllers: [SessionsController as Type<unknown>] }, adapter));
  });
  afterAll(() => app.close());

  const post = (path: string, body: object): Promise<Answer> => send(url + path, undefined, json(body));

  it('are opened, refreshed, listed and closed', async () => {
    const logIn = async (device: string): Promise<Record<string, string>> =>
      (await send(`${url}/login`, undefined, json({ name: 'joe', password: PASSWORD, device }))).body as never;
    const refresh = (refreshToken: string): Promise<Answer> =>
      send(`${url}/refresh`, undefined, json({ refreshToken }));
    const [phone, laptop] = [await logIn('phone'), await logIn('laptop')];
    const next = (await refresh(phone.refreshToken)).body as Record<string, string>;
    expect(Object.keys(next)).toEqual(['token', 'expiresAt', 'refreshToken']);
    const { body } = await send(`${url}/sessions`, `Bearer ${laptop.token}`);
    const [one, other] = body as { id: string; device: string }[];
    expect([one.device, other.device]).toEqual(['phone', 'laptop']);
    const close = (id: string): Promise<Answer> =>
      send(`${url}/sessions/${id}`, `Bearer ${laptop.token}`, { method: 'DELETE' });
    expect((await close(one.id)).status).toBe(204);
    expect((await close(one.id)).status).toBe(404);
    for (const token of [phone.token, next.token]) {
      expect(await send(`${url}/sessions`, `Bearer ${token}`)).toMatchObject({
        status: 401,
        body: { code: 'ERR_TOKEN_REVOKED' },
      });
    }
    expect(await refresh(next.refreshToken)).toMatchObject({ status: 401, body: { code: 'ERR_TOKEN_INVALID' } });
    const last = await refresh(laptop.refreshToken);
    expect([last.status, last.headers.get('cache-control')]).toEqual([200, 'no-store']);
  });

  it('are not opened for nobody, and are called by what fits', async () => {
    expect((await post('/login', { name: 'joe', password: 'x' })).status).toBe(401);
    expect((await post('/login', { name: 'joe', password: [PASSWORD] })).status).toBe(400);
    const odd = await post('/login', { name: 'joe', password: PASSWORD, device: { id: 1 } });
    const long = await post('/login', { name: 'joe', password: PASSWORD, device: 'd'.repeat(999) });
    expect([odd.status, long.status, long.headers.get('cache-control')]).toEqual([200, 200, 'no-store']);
    for (const path of ['/login', '/refresh']) {
      const { status } = await send(url + path, undefined, { method: 'POST' });
      expect([400, 401]).toContain(status);
    }
    for (const body of [{}, { refreshToken: { id: 'x', subject: 7 } }]) {
      expect((await send(`${url}/refresh`, undefined, json(body))).status).toBe(401);
    }
  });
});

const cookiesOf = ({ headers }: Answer): Record<string, string> =>
  Object.fromEntries(headers.getSetCookie().map((line) => line.split(';', 1)[0].split('=') as [string, string]));

describe.each(PLATFORMS)('the cookies of the README on %s', (_name, adapter) => {
  let app: INestApplication;
  let url: string;
  beforeAll(async () => {
    process.env.JWT_SECRET = SECRET;
    const users = { find: async (_who: string, password: string) => (password === PASSWORD ? { id: 7 } : null) };
    const { AppModule } = run(snippetWith('sessionCookies();', 'class AppModule'), { users });
    ({ app, url } = await listen({ imports: [AppModule as Type<unknown>] }, adapter));
  });
  afterAll(() => app.close());

  const OWN = { 'sec-fetch-site': 'same-origin' };
  const post = (path: string, body: object, headers: Record<string, string>): Promise<Answer> =>
    send(url + path, undefined, json(body, headers));
  it('log in, refresh and log out', async () => {
    const opened = await post('/login', { name: 'joe', password: PASSWORD }, OWN);
    expect([opened.status, opened.headers.get('cache-control')]).toEqual([204, 'no-store']);
    const { '__Host-access': access, '__Secure-refresh': refresh } = cookiesOf(opened);
    const renewed = await post('/refresh', {}, { ...OWN, cookie: `__Secure-refresh=${refresh}` });
    expect(renewed.status).toBe(204);
    const next = cookiesOf(renewed);
    const out = await post('/refresh/logout', {}, { ...OWN, cookie: `__Secure-refresh=${next['__Secure-refresh']}` });
    expect([out.status, cookiesOf(out)]).toEqual([204, { '__Host-access': '', '__Secure-refresh': '' }]);
    const again = await post('/refresh', {}, { ...OWN, cookie: `__Secure-refresh=${next['__Secure-refresh']}` });
    expect(again).toMatchObject({ status: 401, body: { code: 'ERR_TOKEN_INVALID' } });
    for (const gone of [access, next['__Host-access']]) {
      await expect(app.get(TokenService).verify(gone)).rejects.toMatchObject({ code: 'ERR_TOKEN_REVOKED' });
    }
  });

  it('let nobody in with a wrong password, without a refresh token, or from another site', async () => {
    const right = { name: 'joe', password: PASSWORD };
    expect((await post('/login', { ...right, password: 'x' }, OWN)).status).toBe(401);
    const bare = { method: 'POST', headers: OWN };
    for (const path of ['/login', '/refresh']) expect((await send(url + path, undefined, bare)).status).toBe(401);
    expect(await post('/refresh', {}, OWN)).toMatchObject({ status: 401, body: { code: 'ERR_TOKEN_INVALID' } });
    expect(await post('/login', right, { 'sec-fetch-site': 'cross-site' })).toMatchObject({
      status: 403,
      body: { code: 'ERR_CROSS_SITE' },
    });
  });
});

describeWithPostgres('the table of the README', () => {
  it('is made by its migration, and found while the app starts', async () => {
    const database = await createDatabase();
    Object.assign(process.env, { DATABASE_URL: database.url, JWT_SECRET: SECRET });
    const { pool, migrate, policy } = run(snippetWith('postgresSessionsMigration')) as {
      pool: Pool;
      migrate: () => Promise<unknown>;
      policy: Type<unknown>;
    };
    await expect(boot({ imports: [policy] })).rejects.toMatchObject({ code: 'ERR_POLICY_CONFIGURATION' });
    await migrate();
    await expect(boot({ imports: [policy] })).resolves.toBeUndefined();
    await pool.end();
    await database.drop();
  });
});
