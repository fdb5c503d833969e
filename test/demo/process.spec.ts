import { type ChildProcessByStdio, execFile, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { examplePeople } from '../../apps/demo/src/database/example-people.js';
import { snippets } from '../docs/markdown.js';
import { freePort } from '../support/free-port.js';
import { createDatabase, describeWithPostgres } from '../support/postgres.js';
import { describeWithRedisServer, startRedis } from '../support/redis.js';
import { logIn, platforms } from './shop.js';

const root = join(import.meta.dirname, '../..');
const main = join(root, 'dist/apps/demo/apps/demo/src/main.js');

const started: Run[] = [];

type Child = ChildProcessByStdio<null, Readable, Readable>;

interface Run {
  readonly child: Child;
  readonly output: () => string;
  readonly ended: Promise<readonly [number | null, NodeJS.Signals | null]>;
}

/** What was built, started from somewhere else, with this environment and no other. */
function start(env: Record<string, string>): Run {
  const options = { cwd: tmpdir(), env: { PATH: process.env.PATH, ...env } };
  const child = spawn(process.execPath, [main], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += String(data)));
  const ended = once(child, 'close').then(([code, signal]) => [code, signal] as const);
  const run = { child, output: () => output, ended };
  started.push(run);
  return run;
}

async function addressOf({ child, output }: Run): Promise<string> {
  for await (const _ of child.stdout.iterator({ destroyOnReturn: false })) {
    const [, url] = /open at (\S+)/.exec(output()) ?? [];
    if (url !== undefined) {
      child.stdout.resume();
      return url;
    }
  }
  throw new Error(`the shop did not open:\n${output()}`);
}

/** With jobs, as a shell has that someone types into: `kill %1` is for npm and all that it has started. */
const withJobs = `
  set -m
  trap 'for job in $(jobs -p); do kill -9 -- -$job || true; done' EXIT
`;

describe('npm run start:built', () => {
  afterEach(async () => {
    const runs = started.splice(0);
    for (const { child } of runs) child.kill('SIGKILL');
    await Promise.all(runs.map(({ ended }) => ended));
  });

  beforeAll(() => {
    execFileSync('npm', ['run', 'build'], { cwd: root, stdio: 'pipe' });
  }, 120_000);

  it.each(platforms)(
    'opens on %s, invites to try it, and closes on SIGINT with all its connections',
    async (platform) => {
      const run = start({ PORT: '0', HTTP_PLATFORM: platform });
      const url = await addressOf(run);
      for (const { name, password } of examplePeople) {
        expect(run.output()).toContain(password);
        await logIn(url, name, password).expect(200);
      }
      const [line] = /^ *curl .*$/m.exec(run.output()) ?? [''];
      expect(execFileSync('bash', ['-c', line], { encoding: 'utf8' })).toBe('{"items":[]}');

      const idle = connect(Number(new URL(url).port), '127.0.0.1');
      await once(idle, 'connect');
      const asked = performance.now();
      run.child.kill('SIGINT');
      expect(await run.ended).toEqual([0, null]);
      expect(performance.now() - asked).toBeLessThan(5_000);
      idle.destroy();
    },
    60_000,
  );

  it('closes on SIGTERM just as well', async () => {
    const run = start({ PORT: '0' });
    await addressOf(run);
    run.child.kill('SIGTERM');
    expect(await run.ended).toEqual([0, null]);
  }, 60_000);

  it('has no example people in production, and says so', async () => {
    const JWT_SECRET = randomBytes(64).toString('base64url');
    const run = start({ PORT: '0', NODE_ENV: 'production', JWT_SECRET });
    const url = (await addressOf(run)).replace('0.0.0.0', '127.0.0.1');
    await logIn(url, 'joe').expect(401);
    run.child.kill('SIGINT');
    await run.ended;
    expect(run.output()).toMatch(/the example people are not created/);
    for (const { password } of examplePeople) expect(run.output()).not.toContain(password);
    expect(run.output()).not.toContain(JWT_SECRET);
  }, 60_000);

  it.each([
    ['a wrong environment', { PORT: 'x', FRESHNESS: 'y' }, /PORT .*\n.*FRESHNESS /],
    ['a database that is away', { DATABASE_URL: 'postgres://shop:s3cret-word@127.0.0.1:1/shop' }, /127\.0\.0\.1:1/],
    [
      'a Redis that is away',
      { REDIS_URL: 'redis://shop:s3cret-word@127.0.0.1:1' },
      /^The Redis at 127\.0\.0\.1:1 .*REDIS_URL.*\n$/,
    ],
  ])(
    'ends with 1 and a word about %s, without a stack',
    async (_name, env, words) => {
      const run = start(env);
      expect(await run.ended).toEqual([1, null]);
      expect(run.output()).toMatch(words);
      expect(run.output()).not.toMatch(/\n\s+at |s3cret-word/);
    },
    30_000,
  );

  it('ends with 1 and a word about a port that is taken', async () => {
    const first = start({ PORT: '0' });
    const { port } = new URL(await addressOf(first));
    const second = start({ PORT: port });
    expect(await second.ended).toEqual([1, null]);
    expect(second.output()).toMatch(new RegExp(`PORT ${port} is taken`));
    expect(second.output()).not.toMatch(/\n\s+at /);
    first.child.kill('SIGINT');
    await first.ended;
  }, 90_000);

  describeWithPostgres('with a PostgreSQL', () => {
    describeWithRedisServer('and a Redis', () => {
      it.each(platforms)(
        'opens two instances on %s as the README says, and one honours what the other was told',
        async (platform) => {
          const [database, redis] = await Promise.all([createDatabase(), startRedis()]);
          const ports = await Promise.all([freePort(), freePort()]);
          const places: readonly [RegExp, string][] = [
            [/postgres:\/\/\S+/g, database.url],
            [/redis:\/\/\S+/g, redis.url],
            [/\b3000\b/g, String(ports[0])],
            [/\b3001\b/g, String(ports[1])],
          ];
          const told = snippets('README.md')
            .filter(({ text }) => /\$there/.test(text))
            .map(({ text }) => text)
            .join('');
          const script = places.reduce((text, [place, ours]) => text.replace(place, ours), told);
          const { PATH, HOME } = process.env;
          const options = { cwd: root, env: { PATH, HOME, HTTP_PLATFORM: platform }, timeout: 60_000 };
          try {
            const { stdout } = await promisify(execFile)('bash', ['-euc', `${withJobs}${script}wait`], options);
            expect(stdout.match(/revocations in Redis/g)).toHaveLength(2);
            expect(stdout.match(/^HTTP\/1\.1 \d+/gm)).toEqual(
              ['200', '200', '403', '200', '204', '401'].map((code) => `HTTP/1.1 ${code}`),
            );
            expect([...stdout.matchAll(/^www-authenticate: (.*)\r$/gim)].map(([, value]) => value)).toEqual([
              'Bearer realm="shop-api", error="insufficient_scope", scope="view"',
              'Bearer realm="shop-api", error="invalid_token"',
            ]);
          } finally {
            await redis.stop();
            await database.drop();
          }
        },
        90_000,
      );
    });
  });
});
