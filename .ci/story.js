import { deepStrictEqual as equal, match } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

const children = new Set();
process.on('exit', () => {
  for (const { pid } of children) process.kill(-pid, 'SIGKILL');
});

await tell('express', ['npm', 'start']);
// npm ends as its own shell does; what the shop itself ends with shows without npm in between.
equal(await tell('fastify', ['node', 'dist/apps/demo/apps/demo/src/main.js']), 0);

/** The shop's story by HTTP, from log-in to Ctrl-C. */
async function tell(platform, [command, ...args]) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { DATABASE_URL: _, REDIS_URL: __, ...inherited } = process.env;
  const env = { ...inherited, PORT: String(port), HTTP_PLATFORM: platform };
  const shop = spawn(command, args, { env, detached: true, stdio: ['ignore', 'inherit', 'inherit'] });
  const ended = once(shop, 'exit');
  children.add(shop);
  shop.once('exit', () => children.delete(shop));
  await untilHealthy(url, shop);

  const joe = await logIn(url, 'joe', 'joe-buys-apples');
  const ann = await logIn(url, 'ann', 'ann-likes-pears');
  const root = await logIn(url, 'root', 'root-runs-the-shop');
  const item = { sku: 'apple', quantity: 2 };

  await expect('POST', '/login', undefined, 401, { username: 'joe', password: 'wrong' });
  await expect('POST', '/login', undefined, 400, { username: 7 });
  await expect('GET', '/basket', joe, 200);
  await expect('POST', '/basket/items', joe, 201, item);
  await expect('GET', '/basket', undefined, 401, undefined, 'ERR_TOKEN_MISSING', /^Bearer realm="shop-api"$/);
  await expect('GET', '/basket', `${joe.token}x`, 401, undefined, 'ERR_TOKEN_INVALID', /error="invalid_token"/);
  await expect('POST', '/basket/items', ann, 403, item, 'ERR_PERMISSION_MISSING', /scope="edit"/);
  await expect(
    'PUT',
    `/users/${joe.id}/permissions`,
    joe,
    403,
    { permissions: [] },
    'ERR_PERMISSION_MISSING',
    /scope="admin"/,
  );
  await expect('PUT', `/users/${joe.id}/permissions`, root, 200, { permissions: ['view'] });
  await expect('POST', '/basket/items', joe, 403, item, 'ERR_PERMISSION_MISSING', /scope="edit"/);
  const session = await expect('POST', '/login', undefined, 200, {
    username: 'ann',
    password: 'ann-likes-pears',
    session: true,
    device: 'phone',
  });
  const { refreshToken } = session;
  const { token: next } = await expect('POST', '/refresh', undefined, 200, { refreshToken });
  await expect(
    'POST',
    '/refresh',
    undefined,
    401,
    { refreshToken: ann.token },
    'ERR_TOKEN_INVALID',
    /error="invalid_token"/,
  );
  const { sessions } = await expect('GET', '/sessions', next, 200);
  equal(sessions[0].device, 'phone');
  await expect('DELETE', `/sessions/${sessions[0].id}`, ann, 204);
  await expect('GET', '/basket', next, 401, undefined, 'ERR_TOKEN_REVOKED', /error="invalid_token"/);
  await expect('POST', '/refresh', undefined, 401, { refreshToken }, 'ERR_TOKEN_INVALID', /error="invalid_token"/);
  await expect('POST', '/logout', joe, 204);
  await expect('GET', '/basket', joe, 401, undefined, 'ERR_TOKEN_REVOKED', /error="invalid_token"/);

  process.kill(-shop.pid, 'SIGINT');
  const [code] = await within(15_000, ended, 'the shop to end');
  equal(await request(`${url}/health`).catch(() => 'closed'), 'closed');
  console.log(`ok   ${platform}: Ctrl-C ends it`);
  return code;

  async function expect(method, path, bearer, status, payload, error, challenge) {
    const token = bearer?.token ?? bearer;
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
    const response = await request(url + path, { method, headers, body: payload && JSON.stringify(payload) });
    const text = await response.text();
    equal(response.status, status, `${method} ${path}: ${response.status} ${text}`);
    if (error) equal(JSON.parse(text).code, error);
    if (challenge) match(response.headers.get('www-authenticate') ?? '', challenge);
    console.log(
      `ok   ${platform}: ${method} ${path.replace(/[0-9a-f-]{36}/, ':id')} ${status} ${error ?? ''}`.trimEnd(),
    );
    return text === '' ? undefined : JSON.parse(text);
  }
}

async function logIn(url, username, password) {
  const body = JSON.stringify({ username, password });
  const response = await request(`${url}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  equal(response.status, 200);
  const { token } = await response.json();
  return { token, id: JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).sub };
}

async function untilHealthy(url, shop) {
  const deadline = Date.now() + 120_000;
  for (;;) {
    if (shop.exitCode !== null) throw new Error(`the shop ended with ${shop.exitCode}`);
    const health = await request(`${url}/health`).catch(() => null);
    if (health?.ok) return;
    if (Date.now() > deadline) throw new Error('the shop did not open within two minutes');
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

function request(url, options) {
  return fetch(url, { ...options, signal: AbortSignal.timeout(10_000) });
}

async function within(ms, promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(reject, ms, new Error(`waited too long for ${what}`));
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
