import { Redis, type RedisOptions } from 'ioredis';
import type { RedisClient } from 'nestjs-jwt-policy/redis';
import { createClient } from 'redis';

/** A client that a test has made, and the way to be rid of it. */
export interface Connected {
  readonly client: RedisClient;
  readonly close: () => void;
}

export function withIoredis(url: string, options: RedisOptions = {}): Connected & { readonly client: Redis } {
  const client = new Redis(url, options);
  client.on('error', () => undefined);
  return { client, close: () => client.disconnect() };
}

export async function withNodeRedis(url: string, options: object = {}): Promise<Connected> {
  const client = createClient({ url, ...options });
  client.on('error', () => undefined);
  await client.connect();
  return { client, close: () => client.destroy() };
}

/** Every client that a store has to work with. */
export const REDIS_CLIENTS: readonly (readonly [name: string, connect: (url: string) => Promise<Connected>])[] = [
  ['ioredis', async (url) => withIoredis(url)],
  ['redis', (url) => withNodeRedis(url)],
  ['redis with RESP2', (url) => withNodeRedis(url, { RESP: 2 })],
];
