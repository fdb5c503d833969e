import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { leftOut } from './report.js';

/** Hands on the address of a server: of `REDIS_URL`, or of this machine, or of one that is started for the while. */
export async function withRedis(what, use) {
  const redis = await findRedis();
  if (!redis) return leftOut(`${what}, as there is no Redis`);
  try {
    await use(redis.address);
  } finally {
    await redis.stop();
  }
}

export const freshPrefix = () => `bench-${randomBytes(6).toString('hex')}`;

/** Leaves nothing of what was written under a prefix, or under it in braces. */
export async function removePrefix(address, prefix) {
  const client = new Redis(address);
  for (const match of [`${prefix}:*`, `{${prefix}}:*`]) {
    for await (const keys of client.scanStream({ match, count: 1000 })) if (keys.length > 0) await client.unlink(keys);
  }
  client.disconnect();
}

async function findRedis() {
  const address = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';
  if (await answers(address, { retryStrategy: null })) return { address, stop: async () => undefined };
  return spawnSync('redis-server', ['--version']).status === 0 ? startRedis() : null;
}

async function startRedis() {
  const folder = mkdtempSync(join(tmpdir(), 'bench-redis-'));
  const address = join(folder, 'redis.sock');
  const options = ['--port', '0', '--unixsocket', address, '--save', '', '--appendonly', 'no'];
  const server = spawn('redis-server', options, { stdio: 'ignore', detached: true });
  const stop = async () => {
    server.kill('SIGKILL');
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
    rmSync(folder, { recursive: true });
  };
  if (await answers(address, { retryStrategy: (times) => (times < 100 ? 50 : null) })) return { address, stop };
  await stop();
  throw new Error('redis-server did not start');
}

async function answers(address, options) {
  const client = new Redis(address, { ...options, connectTimeout: 2000, maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  try {
    return (await client.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    client.disconnect();
  }
}
