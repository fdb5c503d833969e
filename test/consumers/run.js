import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { deepStrictEqual as equal, match } from 'node:assert';
import { packInto } from './pack.js';

const floor = {
  '@nestjs/common': '11.0.0',
  '@nestjs/core': '11.0.0',
  '@nestjs/jwt': '11.0.0',
  '@nestjs/passport': '11.0.2',
  '@nestjs/platform-fastify': '11.0.3',
  '@nestjs/testing': '11.0.0',
  'reflect-metadata': '0.2.0',
};
const apps = [
  { title: 'Nest 12 ESM', folder: 'nest12-esm-app' },
  { title: 'Nest 11 CJS', folder: 'nest11-cjs-app', stockTests: true },
  { title: 'Nest 11.0 CJS', folder: 'nest11-cjs-app', stockTests: true, versions: floor },
];
const unwanted = [
  '@nestjs/swagger',
  '@nestjs/microservices',
  '@types/passport-jwt',
  'date-fns',
  'ioredis',
  'jose',
  'redis',
];
const doors = [
  `{ postgresSessions } from 'nestjs-jwt-policy/postgres'`,
  `{ redisRevocations } from 'nestjs-jwt-policy/redis'`,
  `{ revocationStoreContract, sessionStoreContract } from 'nestjs-jwt-policy/testing'`,
];
const required = (door) => door.replace(/from (.*)/, '= require($1)');
const env = { ...process.env, CI: 'true', JWT_SECRET: randomBytes(64).toString('base64url') };

const work = mkdtempSync(join(tmpdir(), 'nestjs-jwt-policy-'));
let failed = 0;
try {
  const tarball = packInto(work);
  console.log(`     packed ${(statSync(tarball).size / 1000).toFixed(1)} kB`);
  for (const [index, app] of apps.entries()) await tryApp(app, join(work, String(index)), tarball);
  await tryRedisClients(join(work, 'redis'), tarball);
} finally {
  rmSync(work, { recursive: true, force: true });
}
console.log(failed === 0 ? 'Every check passed.' : `${failed} failed.`);
process.exitCode = failed === 0 ? 0 : 1;

async function tryApp({ title, folder, stockTests, versions = {} }, cwd, tarball) {
  const check = (name, run) => attempt(`${title}: ${name}`, run);
  const node = (...args) => runIn(cwd, process.execPath, args);

  cpSync(join(import.meta.dirname, folder), cwd, { recursive: true });
  const manifest = readJson(cwd, 'package.json');
  for (const kind of [manifest.dependencies, manifest.devDependencies]) {
    for (const name of Object.keys(kind)) kind[name] = versions[name] ?? kind[name];
  }
  manifest.dependencies['nestjs-jwt-policy'] = `file:${tarball}`;
  writeFileSync(join(cwd, 'package.json'), JSON.stringify(manifest));

  if (!(await check('installs', () => runIn(cwd, 'npm', ['install', '--no-package-lock'])))) return;
  await check('gets nothing it did not ask for', () => {
    const { peerDependencies, peerDependenciesMeta } = readJson(cwd, 'node_modules/nestjs-jwt-policy/package.json');
    equal(
      Object.keys(peerDependencies).filter(
        (name) => !(name in manifest.dependencies) && !peerDependenciesMeta[name]?.optional,
      ),
      [],
    );
    equal(
      unwanted.filter((name) => existsSync(join(cwd, 'node_modules', name))),
      [],
    );
  });
  await check('has types', () => node('node_modules/typescript/bin/tsc'));
  await check('require and import give one instance', () =>
    node(
      '--input-type=commonjs',
      '-e',
      `import('nestjs-jwt-policy').then((esm) => process.exit(esm.JwtPolicyModule === require('nestjs-jwt-policy').JwtPolicyModule ? 0 : 1))`,
    ),
  );
  await check('opens the other doors without a client of any database', () => {
    const contracts = '[...revocationStoreContract, ...sessionStoreContract]';
    const script = `process.exit(redisRevocations && postgresSessions && ${contracts}.length > 0 ? 0 : 1)`;
    node('--input-type=module', '-e', `${doors.map((door) => `import ${door};`).join(' ')} ${script}`);
    node('--input-type=commonjs', '-e', `${doors.map((door) => `const ${required(door)};`).join(' ')} ${script}`);
  });
  if (stockTests) await check('passes its stock ts-jest test', () => node('node_modules/jest/bin/jest.js'));
  await tryTool(cwd, check);
  await withRunning(cwd, check, (url) => story(url, check));
  await tryRemoteKeys(cwd, check);
}

/** What reads key sets is installed by those who need it, and is an ES module that the CommonJS build requires. */
async function tryRemoteKeys(cwd, check) {
  const url = 'http://127.0.0.1:9/jwks';
  const open = `remoteJwks('${url}', { algorithms: ['ES256'] }).open(told).catch(told)`;
  const told = 'const told = ({ message }) => console.log(message);';
  const message = (type) => {
    const door =
      type === 'module'
        ? `import { remoteJwks } from 'nestjs-jwt-policy';`
        : `const { remoteJwks } = require('nestjs-jwt-policy');`;
    return runIn(cwd, process.execPath, [`--input-type=${type}`, '-e', `${door} ${told} ${open};`]);
  };
  await check('says what remote keys need', () => {
    for (const type of ['module', 'commonjs']) match(message(type), /npm install jose/);
  });
  if (!(await check('installs jose', () => runIn(cwd, 'npm', ['install', '--no-package-lock', 'jose@6'])))) return;
  await check('fetches remote keys', () => {
    for (const type of ['module', 'commonjs']) match(message(type), /127\.0\.0\.1:9\/jwks cannot be read/);
  });
}

/** What the package puts into `node_modules/.bin`, in an app that is built and not running. */
async function tryTool(cwd, check) {
  const npx = (...args) => runIn(cwd, 'npx', ['--no-install', 'nestjs-jwt-policy', ...args]);
  await check('npx nestjs-jwt-policy keys new', () =>
    match(npx('keys', 'new', '--alg', 'ES256'), /^-----BEGIN PRIVATE KEY-----\n[^-]+-----END PRIVATE KEY-----\n$/),
  );
  await check('npx nestjs-jwt-policy token', () => {
    const token = npx('token', '--permissions', 'view', '--for', 'joe');
    match(token, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const { sub, permissions } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
    equal([sub, permissions], ['joe', ['view']]);
  });
  await check('npx nestjs-jwt-policy doctor', () => {
    const findings = JSON.parse(npx('doctor', 'dist/app.module.js', '--json'));
    equal([...new Set(findings.map(({ grade }) => grade))], ['advice']);
    match(JSON.stringify(findings), /UNDECLARED_ROUTES.*BasketController\.undeclared/);
  });
}

/** Every Redis client of the peer range, oldest and newest of each major version, on a real server. */
async function tryRedisClients(cwd, tarball) {
  cpSync(join(import.meta.dirname, 'redis-clients'), cwd, { recursive: true });
  const manifest = readJson(cwd, 'package.json');
  manifest.dependencies['nestjs-jwt-policy'] = `file:${tarball}`;
  writeFileSync(join(cwd, 'package.json'), JSON.stringify(manifest));
  const install = () => runIn(cwd, 'npm', ['install', '--no-package-lock']);
  if (!(await attempt('Redis clients: install', install))) return;
  for (const name of Object.keys(manifest.dependencies).filter((one) => /^(io)?redis-/.test(one))) {
    await attempt(`Redis clients: ${name} passes the contract`, () =>
      runIn(cwd, process.execPath, ['contract.js', name]),
    );
  }
}

async function story(url, check) {
  const joe = await logIn(url, 'joe');
  const ann = await logIn(url, 'ann');
  const cases = [
    ['GET', '/basket', joe, 200, { owner: 'joe', mayEdit: true }],
    ['GET', '/basket', ann, 200, { owner: 'ann', mayEdit: false }],
    ['POST', '/basket', joe, 201, { owner: 'joe' }],
    ['GET', '/basket/passport', joe, 200, { owner: 'joe' }],
    ['GET', '/basket', undefined, 401, 'ERR_TOKEN_MISSING', /^Bearer realm="shop-api"$/],
    ['GET', '/basket', `${joe}x`, 401, 'ERR_TOKEN_INVALID', /error="invalid_token"/],
    ['GET', '/basket/passport', undefined, 401, 'ERR_TOKEN_MISSING', /^Bearer realm="shop-api"$/],
    ['GET', '/basket/passport', `${joe}x`, 401, 'ERR_TOKEN_INVALID', /error="invalid_token"/],
    ['POST', '/basket', ann, 403, 'ERR_PERMISSION_MISSING', /error="insufficient_scope", scope="edit"/],
    ['GET', '/basket/undeclared', joe, 403, 'ERR_ROUTE_UNDECLARED', null],
  ];
  for (const [method, path, token, status, expected, challenge] of cases) {
    const outcome = typeof expected === 'string' ? expected : '';
    await check([method, path, status, outcome].join(' ').trim(), async () => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const response = await request(url + path, { method, headers });
      const body = await response.json();
      equal([response.status, typeof expected === 'string' ? body.code : body], [status, expected]);
      if (challenge) match(response.headers.get('www-authenticate') ?? '', challenge);
      else equal(response.headers.get('www-authenticate'), null);
    });
  }
}

async function withRunning(cwd, check, use) {
  const app = spawn(process.execPath, ['dist/main.js'], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const output = [];
  const url = new Promise((resolve, reject) => {
    const timer = setTimeout(reject, 30_000, new Error('no address within 30 s'));
    const settle = (done, value) => {
      clearTimeout(timer);
      done(value);
    };
    createInterface(app.stdout).on('line', (line) => {
      output.push(line);
      if (line.startsWith('http')) settle(resolve, line);
    });
    app.once('exit', (code) => settle(reject, new Error(`exit code ${code}\n${output.join('\n')}`)));
  });
  try {
    if (await check('boots', () => url)) await check('logs in', async () => use(await url));
  } finally {
    if (app.exitCode === null) {
      app.kill('SIGKILL');
      await once(app, 'exit');
    }
  }
}

async function logIn(url, name) {
  const headers = { 'content-type': 'application/json' };
  const response = await request(`${url}/login`, { method: 'POST', headers, body: JSON.stringify({ name }) });
  const { token } = await response.json();
  equal([response.status, typeof token], [201, 'string']);
  return token;
}

function request(url, options) {
  return fetch(url, { ...options, signal: AbortSignal.timeout(10_000) });
}

async function attempt(name, run) {
  try {
    await run();
    console.log(`ok   ${name}`);
    return true;
  } catch (error) {
    failed += 1;
    console.log(`FAIL ${name}\n${[error.message, error.stdout, error.stderr].filter(Boolean).join('\n')}`);
    return false;
  }
}

function runIn(cwd, command, args) {
  return execFileSync(command, args, {
    cwd,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 300_000,
  });
}

function readJson(...path) {
  return JSON.parse(readFileSync(join(...path), 'utf8'));
}
