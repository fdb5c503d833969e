import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { codeOf } from '../error-code.js';

export const REDIS = Symbol('REDIS');

const logger = new Logger('Redis');

/** Its message names what to mend and holds nothing of REDIS_URL but host and port. */
export class RedisUnreachable extends Error {
  constructor(place: string, cause: unknown) {
    super(
      `The Redis at ${place} cannot be used (${reasonOf(cause)}). ` +
        'Start it, correct REDIS_URL, or unset REDIS_URL to keep revocations and failed log-ins in memory.',
    );
    this.name = 'RedisUnreachable';
  }
}

/** Fails if the first try fails; a connection that is lost later comes back by itself. */
export async function openRedis(url: string): Promise<Redis> {
  const { hostname, port } = new URL(url);
  const place = `${hostname}:${port || '6379'}`;
  let isOpen = false;
  let failure: unknown;
  try {
    const client = new Redis(url, {
      lazyConnect: true,
      connectTimeout: 5_000,
      // A server that takes the connection and never answers is asked one thing, and not for long.
      commandTimeout: 2_500,
      disableClientInfo: true,
      retryStrategy: (times) => (isOpen ? Math.min(times * 50, 1_000) : null),
    });
    client.on('error', (error) => (failure = error));
    await client.connect();
    // A database number that Redis does not have is an error, and yet it connects.
    if (failure !== undefined) {
      client.disconnect();
      throw failure;
    }
    isOpen = true;
    logLosses(client, place);
    return client;
  } catch (error) {
    throw new RedisUnreachable(place, failure ?? error);
  }
}

function logLosses(client: Redis, place: string): void {
  let isLost = false;
  client.on('ready', () => (isLost = false));
  client.on('reconnecting', () => {
    if (!isLost) logger.warn(`the connection to ${place} was lost, and is tried again until it is back`);
    isLost = true;
  });
}

/** Up to the first quotation: a server that does not know AUTH repeats the password in one. */
function reasonOf(error: unknown): string {
  const [reason = ''] = codeOf(error).split(/\s*[`'"]|\.$/);
  return reason;
}
