import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from './free-port.js';

const binary = spawnSync('redis-server', ['--version']).status === 0;
const given = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';

const probe = `
  import { Redis } from 'ioredis';
  const client = new Redis(process.argv[1], { connectTimeout: 2000, maxRetriesPerRequest: 0, retryStrategy: null });
  client.on('error', () => {});
  client.ping().then(() => process.exit(0), () => process.exit(3));`;

const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', probe, given]);
const listens = status === 0;
if (!listens && status !== 3) throw new Error(`the search for a Redis failed: ${String(stderr)}`);

/** `describe`, or a `describe.skip` that is reported by name where there is neither a server nor a way to start one. */
export const describeWithRedis = listens || binary ? describe : describe.skip;

/** The same for tests that stop their server, and so start one of their own. */
export const describeWithRedisServer = binary ? describe : describe.skip;

export interface TemporaryRedis {
  readonly url: string;
  /** Ends the process at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again in the same place; it has forgotten everything. */
  restart(): Promise<void>;
  /** Stops the process in the middle of what it does, and lets it go on. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

const prefixes: string[] = [];

/** A prefix that nobody else has. */
export function freshPrefix(): string {
  const prefix = `test-${randomBytes(6).toString('hex')}`;
  prefixes.push(prefix);
  return prefix;
}

/** The address of a server that the tests share. Whoever uses it takes a prefix of its own, and leaves nothing behind. */
export async function sharedRedis(): Promise<{ url: string; stop(): Promise<void> }> {
  return listens ? { url: given, stop: deletePrefixes } : startRedis();
}

async function deletePrefixes(): Promise<void> {
  const client = new Redis(given);
  for (const prefix of prefixes.splice(0)) {
    await client.del(...['', ':ends', ':feed'].map((rest) => `{${prefix}}:revocations${rest}`));
    for (const key of await client.keys(`${prefix}:session*`)) await client.del(key);
  }
  client.disconnect();
}

/** A `redis-server` of its own that keeps nothing on disk, unless it is told to. */
export async function startRedis(settings: Readonly<Record<string, string>> = {}): Promise<TemporaryRedis> {
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let server: ChildProcess;
  const start = async (): Promise<void> => {
    const options = { port, bind: '127.0.0.1', save: '', appendonly: 'no', daemonize: 'no', ...settings };
    const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    server = spawn('redis-server', words, { stdio: 'ignore' });
    await untilAnswering(url);
  };
  const kill = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    server.kill('SIGKILL');
    await once(server, 'exit');
  };
  await start();
  const freeze = (): void => void server.kill('SIGSTOP');
  const thaw = (): void => void server.kill('SIGCONT');
  return { url, kill, restart: start, freeze, thaw, stop: kill };
}

export async function untilAnswering(url: string): Promise<void> {
  const client = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  try {
    await Promise.race([
      client.ping(),
      delay(10_000, undefined, { ref: false }).then(() =>
        Promise.reject(new Error('redis-server did not start within ten seconds')),
      ),
    ]);
  } finally {
    client.disconnect();
  }
}
