import { type Duration, millisecondsWithin } from '../duration.js';
import { PolicyConfigurationError } from '../errors.js';
import type { RedisClient } from './redis-connection.js';
import { RedisRevocations } from './redis-revocations.js';

export interface RedisRevocationsOptions {
  /**
   * What the keys in Redis begin with: instances that share revocations have the same. Letters, digits and `. : _ -`.
   * @defaultValue `'jwt-policy'`
   */
  prefix?: string;
  /**
   * How long ago this instance may have heard from Redis before it asks for every token; 100 ms to a minute.
   * @defaultValue `'2s'`
   */
  staleAfter?: Duration;
  /**
   * How long an answer of Redis may take before the one to the client is 503; a millisecond to a minute.
   * @defaultValue `'1s'`
   */
  timeout?: Duration;
}

const NAMES: readonly string[] = ['prefix', 'staleAfter', 'timeout'];

/**
 * Shares revocations and changes between instances, as `identify.revocations`. A check makes no round trip: every
 * instance keeps a replica, and asks Redis only when it cannot know that the replica is complete. Redis 6.2 or later.
 *
 * @param client Of `ioredis`, or of `redis` (node-redis). Besides it a second connection is made of it, to follow the feed.
 * @throws {PolicyConfigurationError} when it does not know the client, or an option is wrong.
 * @example identify: { revocations: redisRevocations(new Redis(process.env.REDIS_URL)) }
 */
export function redisRevocations(client: RedisClient, options: RedisRevocationsOptions = {}): RedisRevocations {
  if (Object.prototype.toString.call(options) !== '[object Object]') {
    throw new PolicyConfigurationError(
      'redisRevocations()',
      'got options that are no object',
      'give { prefix, staleAfter, timeout }',
    );
  }
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name));
  if (unknown !== undefined) throw mistake(unknown, 'is not an option', `there are ${NAMES.join(', ')}`);
  const { prefix = 'jwt-policy', staleAfter = '2s', timeout = '1s' } = options;
  // Braces would make another hash slot of a cluster out of every key.
  if (typeof prefix !== 'string' || !/^[\w.:-]{1,64}$/.test(prefix)) {
    throw mistake('prefix', 'is not a prefix', `use up to 64 letters, digits and . : _ -`);
  }
  return new RedisRevocations(client, {
    prefix,
    staleAfter: length(staleAfter, 'staleAfter', 100, '100 ms'),
    timeout: length(timeout, 'timeout', 1, 'a millisecond'),
  });
}

function length(duration: unknown, name: string, least: number, leastInWords: string): number {
  const problem = `is not between ${leastInWords} and a minute`;
  return millisecondsWithin(duration, optionOf(name), [least, 60_000], problem, `write for example '1s'`);
}

function mistake(name: string, problem: string, fix: string): PolicyConfigurationError {
  return new PolicyConfigurationError(optionOf(name), problem, fix);
}

function optionOf(name: string): string {
  return `redisRevocations(): ${name}`;
}
