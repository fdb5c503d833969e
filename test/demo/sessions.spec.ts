import { randomBytes, randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { eq } from 'drizzle-orm';
import { postgresSessionsMigration } from 'nestjs-jwt-policy/postgres';
import request from 'supertest';
import type { Config } from '../../apps/demo/src/config.js';
import { type Database, DATABASE } from '../../apps/demo/src/database/database.js';
import { users } from '../../apps/demo/src/database/schema.js';
import { read } from '../docs/markdown.js';
import { createDatabase, describeWithPostgres, type TemporaryDatabase } from '../support/postgres.js';
import { openWire } from '../support/wire.js';
import {
  as,
  logIn,
  openSession,
  openShop,
  type Opened,
  passwordOf,
  type Platform,
  platforms,
  refresh,
  refusal,
  REVOKED,
  type Shop,
  UNAVAILABLE,
  verdict,
} from './shop.js';

const CHALLENGE = 'Bearer realm="shop-api", error="invalid_token"';
const INVALID = [401, 'ERR_TOKEN_INVALID', CHALLENGE];
const patient: Partial<Config> = {
  logIn: { failuresPerAccount: 100, failuresPerAddress: 100, windowSeconds: 60, hashesAtOnce: 4, hashesWaiting: 100 },
};

it('the shop makes the table of the library', () => {
  const migration = read('apps/demo/src/database/migrations/0001_sessions.sql');
  expect(migration.replaceAll('--> statement-breakpoint\n', '')).toBe(postgresSessionsMigration());
});

describe.each(platforms)('the sessions on %s', (platform) => {
  describe('in the embedded database', () => {
    tellOf(platform, async () => ({ changes: {}, drop: async () => undefined }));
  });

  describeWithPostgres('in a PostgreSQL', () => {
    tellOf(platform, async () => {
      const database = await createDatabase();
      return { changes: { databaseUrl: database.url }, drop: () => database.drop() };
    });
  });
});

function tellOf(
  platform: Platform,
  provide: () => Promise<{ changes: Partial<Config>; drop: () => Promise<void> }>,
): void {
  let shop: Shop;
  let drop: () => Promise<void>;
  const logged: string[] = [];
  const note = (...parts: unknown[]) => void logged.push(inspect(parts, { depth: 9 }));
  const logger = { log: note, error: note, warn: note, debug: note, verbose: note, fatal: note };
  beforeAll(async () => {
    const provided = await provide();
    drop = provided.drop;
    shop = await openShop({ platform, ...patient, ...provided.changes }, logger);
  }, 60_000);
  afterAll(async () => {
    await shop.close();
    await drop();
  });

  const get = (path: string, { token }: Opened) => request(shop.url).get(path).auth(token, { type: 'bearer' });
  const close = (id: string, { token }: Opened) =>
    request(shop.url).delete(`/sessions/${id}`).auth(token, { type: 'bearer' });
  const idOf = async (session: Opened): Promise<string> => {
    const { body } = await get('/sessions', session).expect(200);
    return (body.sessions as { id: string; current: boolean }[]).find(({ current }) => current)?.id ?? '';
  };

  it('are opened for who asks for one', async () => {
    const { body } = await logIn(shop.url, 'ann').send({ session: false }).expect(200);
    expect(Object.keys(body)).toEqual(['result', 'token', 'expiresAt']);
    const answer = await logIn(shop.url, 'ann').send({ session: true }).expect(200);
    expect(Object.keys(answer.body)).toEqual(['result', 'token', 'expiresAt', 'refreshToken', 'refreshExpiresAt']);
    expect(answer.headers['cache-control']).toBe('no-store');
    const { expiresAt, refreshExpiresAt } = answer.body as Opened;
    expect(new Date(expiresAt).toISOString()).toBe(expiresAt);
    expect(Date.parse(refreshExpiresAt)).toBeGreaterThanOrEqual(Date.parse(expiresAt));
  });

  it('are refreshed with the token that they gave last', async () => {
    const first = await openSession(shop.url, 'joe');
    const answer = await refresh(shop.url, first.refreshToken).expect(200);
    expect(Object.keys(answer.body)).toEqual(['token', 'expiresAt', 'refreshToken', 'refreshExpiresAt']);
    expect(answer.headers['cache-control']).toBe('no-store');
    const second = answer.body as Opened;
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(second.token).not.toBe(first.token);
    await get('/basket', first).expect(200);
    await get('/basket', second).expect(200);

    const again = await refresh(shop.url, first.refreshToken).expect(200);
    expect(again.body.refreshToken).toBe(second.refreshToken);
    expect((await refresh(shop.url, second.refreshToken)).status).toBe(200);
  });

  it('have one successor, however many ask for it at once', async () => {
    const { refreshToken } = await openSession(shop.url, 'joe');
    const answers = await Promise.all(Array.from({ length: 10 }, async () => refresh(shop.url, refreshToken)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(new Set(answers.map(({ body }) => (body as Opened).refreshToken)).size).toBe(1);
  });

  it('end when a refresh token comes back that was replaced long ago', async () => {
    const stolen = await openSession(shop.url, 'joe');
    let last = stolen;
    // Within the grace, the four before the last one do no harm.
    for (let round = 0; round < 5; round++) {
      const { body } = await refresh(shop.url, last.refreshToken).expect(200);
      last = body as Opened;
    }
    expect(verdict(await refresh(shop.url, stolen.refreshToken))).toEqual(REVOKED);
    expect((await refresh(shop.url, last.refreshToken)).status).toBe(401);
    expect(verdict(await get('/me', last))).toEqual(REVOKED);
  });

  it('are shown to their owner, the one in use among them, and closed one by one', async () => {
    const phone = await openSession(shop.url, 'root', 'phone');
    const laptop = await openSession(shop.url, 'root', 'Büro-Laptop');
    const { body } = await get('/sessions', laptop).expect(200);
    expect(body).toEqual({
      sessions: ['phone', 'Büro-Laptop'].map((device) => ({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        device,
        openedAt: expect.stringMatching(/Z$/),
        usedAt: expect.stringMatching(/Z$/),
        expiresAt: expect.stringMatching(/Z$/),
        current: device === 'Büro-Laptop',
      })),
    });
    const withoutSession = await (await as(shop.url, 'root')).get('/sessions').expect(200);
    expect(withoutSession.body.sessions.map(({ current }: { current: boolean }) => current)).toEqual([false, false]);

    const answer = await close(String(body.sessions[0].id), laptop).expect(204);
    expect(answer.text).toBe('');
    expect(verdict(await get('/me', phone))).toEqual(REVOKED);
    expect((await refresh(shop.url, phone.refreshToken)).status).toBe(401);
    expect((await close(String(body.sessions[0].id), laptop).expect(404)).body).toEqual(refusal(404, 'Not Found'));
    await get('/me', laptop).expect(200);
    const { body: rest } = await get('/sessions', laptop).expect(200);
    expect(rest.sessions).toHaveLength(1);
  });

  it('of other people are not there', async () => {
    const [ann, joe] = [await openSession(shop.url, 'ann'), await openSession(shop.url, 'joe')];
    const id = await idOf(ann);
    const { body } = await close(id, joe).expect(404);
    expect(body).toEqual((await close(randomUUID(), joe).expect(404)).body);
    const { body: shown } = await get('/sessions', joe).expect(200);
    expect(JSON.stringify(shown)).not.toContain(id);
    await get('/me', ann).expect(200);
    await refresh(shop.url, ann.refreshToken).expect(200);
  });

  it.each(['1', 'x'.repeat(36), `${randomUUID()}x`, '%00', encodeURIComponent("' or 1=1")])(
    'have ids, and %s is none',
    async (id) => {
      const { body } = await close(id, await openSession(shop.url, 'ann')).expect(400);
      expect(body).toEqual(refusal(400, 'Bad Request'));
    },
  );

  it('end with the log-out', async () => {
    const session = await openSession(shop.url, 'bob');
    const other = await openSession(shop.url, 'bob');
    const { body: next } = await refresh(shop.url, session.refreshToken).expect(200);
    await request(shop.url).post('/logout').auth(String(next.token), { type: 'bearer' }).expect(204);
    for (const one of [session, next as Opened]) {
      expect(verdict(await get('/me', one))).toEqual(REVOKED);
      expect((await refresh(shop.url, one.refreshToken)).status).toBe(401);
    }
    await get('/me', other).expect(200);
    await refresh(shop.url, other.refreshToken).expect(200);
  });

  it('end for who is disabled', async () => {
    const db = shop.app.get<Database>(DATABASE);
    const session = await openSession(shop.url, 'bob');
    await db.update(users).set({ disabled: true }).where(eq(users.name, 'bob'));
    expect(verdict(await refresh(shop.url, session.refreshToken))).toEqual([401, 'ERR_SUBJECT_UNKNOWN', CHALLENGE]);
    await db.update(users).set({ disabled: false }).where(eq(users.name, 'bob'));
    expect((await refresh(shop.url, session.refreshToken)).status).toBe(401);
    await refresh(shop.url, (await openSession(shop.url, 'bob')).refreshToken).expect(200);
  });

  it('are for those who are somebody', async () => {
    for (const path of ['/sessions', `/sessions/${randomUUID()}`]) {
      const answer = await (path === '/sessions' ? request(shop.url).get(path) : request(shop.url).delete(path));
      expect(verdict(answer)).toEqual([401, 'ERR_TOKEN_MISSING', 'Bearer realm="shop-api"']);
    }
  });

  it('take no access token for a refresh token, nor a refresh token for an access token', async () => {
    const session = await openSession(shop.url, 'ann');
    const refused = await refresh(shop.url, session.token);
    expect(verdict(refused)).toEqual(INVALID);
    expect(refused.body).toEqual({ ...refusal(401, 'Unauthorized'), code: 'ERR_TOKEN_INVALID' });
    expect(refused.headers['cache-control']).toBe('no-store');
    expect(verdict(await get('/me', { ...session, token: session.refreshToken }))).toEqual(INVALID);
  });

  it.each(['x', 'x'.repeat(1024), '\0', 'half \ud800', randomBytes(64).toString('base64url'), ' '])(
    'are not refreshed with %j',
    async (text) => {
      expect(verdict(await refresh(shop.url, text))).toEqual(INVALID);
    },
  );

  const post = (body: string, type = 'application/json') =>
    fetch(`${shop.url}/refresh`, { method: 'POST', body, headers: { 'Content-Type': type } });
  const good = JSON.stringify({ refreshToken: 'hunter2-secret' });

  it.each([
    ['nothing', ''],
    ['half an object', '{"refreshToken":"hunter2-secret'],
    ['null', 'null'],
    ['a text', '"hunter2-secret"'],
    ['a list', `[${good}]`],
    ['an empty object', '{}'],
    ['a number for a token', '{"refreshToken":2}'],
    ['a list for a token', '{"refreshToken":["hunter2-secret"]}'],
    ['an empty token', '{"refreshToken":""}'],
    ['a token of 1025 letters', JSON.stringify({ refreshToken: 'x'.repeat(1025) })],
    ['a field too many', '{"refreshToken":"hunter2-secret","username":"joe"}'],
    ['a prototype', good.replace('{', '{"__proto__":{},')],
  ])('answer 400 to %s instead of a refresh token, and quote nothing of it', async (_name, body) => {
    const answer = await post(body);
    const text = await answer.text();
    expect([answer.status, JSON.parse(text)]).toEqual([400, refusal(400, 'Bad Request')]);
    expect(text).not.toMatch(/hunter2/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('answer 415 to what is no JSON, and 413 to more than 4096 bytes', async () => {
    expect((await post(good, 'text/plain')).status).toBe(415);
    expect((await post(good.padEnd(4096))).status).toBe(401);
    expect((await post(good.padEnd(4097))).status).toBe(413);
  });

  it.each([
    { session: 'true' },
    { session: 1 },
    { session: null },
    { session: true, device: '' },
    { session: true, device: 7 },
    { session: true, device: 'x'.repeat(65) },
    { session: true, device: 'NUL \0' },
    { session: true, device: 'half \ud800' },
    { session: false, device: 'phone' },
    { device: 'phone' },
    { session: true, sub: '4' },
  ])('are not opened by %j', async (fields) => {
    const { body } = await logIn(shop.url, 'joe').send(fields).expect(400);
    expect(body).toEqual(refusal(400, 'Bad Request'));
  });

  it('have told no log of a token or a password', async () => {
    const { refreshToken } = await openSession(shop.url, 'joe');
    await refresh(shop.url, refreshToken).expect(200);
    expect(logged.join('\n')).toMatch(/not valid|invalid|revoked/i);
    for (const secret of [refreshToken, passwordOf('joe'), 'eyJ', '$argon2']) {
      expect(logged.join('\n')).not.toContain(secret);
    }
  });
}

describeWithPostgres('the sessions in a PostgreSQL', () => {
  const jwtSecret = randomBytes(64).toString('base64url');
  let database: TemporaryDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.drop());

  it('outlive the shop', async () => {
    const before = await openShop({ databaseUrl: database.url, jwtSecret });
    const session = await openSession(before.url, 'joe', 'phone');
    await before.close();
    const after = await openShop({ databaseUrl: database.url, jwtSecret, platform: 'fastify' });
    try {
      const { body: next } = await refresh(after.url, session.refreshToken).expect(200);
      const { body } = await request(after.url)
        .get('/sessions')
        .auth(String(next.token), { type: 'bearer' })
        .expect(200);
      expect(body.sessions).toEqual([expect.objectContaining({ device: 'phone', current: true })]);
    } finally {
      await after.close();
    }
  }, 60_000);

  it('are whole when the database was away', async () => {
    const wire = await openWire(database.url, 5432);
    const shop = await openShop({ databaseUrl: wire.url, jwtSecret, freshness: 'token' });
    try {
      const session = await openSession(shop.url, 'ann');
      const leaving = await openSession(shop.url, 'ann');
      const ann = ({ token }: Opened) => request.agent(shop.url).auth(token, { type: 'bearer' });
      await wire.cut();
      const answers = [
        await refresh(shop.url, session.refreshToken),
        await ann(session).get('/sessions'),
        await ann(session).delete(`/sessions/${randomUUID()}`),
        await ann(leaving).post('/logout'),
      ];
      expect(answers.map(verdict)).toEqual(answers.map(() => UNAVAILABLE));
      expect(JSON.stringify(answers.map(({ body }) => body as unknown))).not.toMatch(/select|ECONN|postgres/i);

      await wire.mend();
      const { body: next } = await refresh(shop.url, session.refreshToken).expect(200);
      expect((await ann(next as Opened).get('/sessions')).status).toBe(200);
    } finally {
      await shop.close();
      await wire.cut();
    }
  }, 60_000);

  it('hold no refresh token', async () => {
    const shop = await openShop({ databaseUrl: database.url });
    try {
      const { refreshToken } = await openSession(shop.url, 'root');
      const { body } = await refresh(shop.url, refreshToken).expect(200);
      const rows = JSON.stringify(await database.query('select * from jwt_policy_sessions'));
      for (const token of [refreshToken, String(body.refreshToken)]) expect(rows).not.toContain(token);
    } finally {
      await shop.close();
    }
  }, 60_000);
});
