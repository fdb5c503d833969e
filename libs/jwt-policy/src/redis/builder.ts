import { type Duration, millisecondsWithin } from '../duration.js';
import { PolicyConfigurationError } from '../errors.js';
import { refuseUnknownTo } from '../option-checks.js';
import type { RedisClient } from './redis-connection.js';
import { RedisRevocations } from './redis-revocations.js';
import { RedisSessions } from './redis-sessions.js';

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

export interface RedisSessionsOptions {
  /**
   * What the keys in Redis begin with: instances that share sessions have the same. Letters, digits and `. : _ -`.
   * @defaultValue `'jwt-policy'`
   */
  prefix?: string;
  /**
   * How long an answer of Redis may take before the one to the client is 503; a millisecond to a minute.
   * @defaultValue `'1s'`
   */
  timeout?: Duration;
}

/**
 * Shares revocations and changes between instances, as `identify.revocations`. A check makes no round trip: every
 * instance keeps a replica, and asks Redis only when it cannot know that the replica is complete. Redis 6.2 or later.
 *
 * @param client Of `ioredis`, or of `redis` (node-redis). Besides it a second connection is made of it, to follow the feed.
 * @throws {PolicyConfigurationError} when it does not know the client, or an option is wrong.
 * @example identify: { revocations: redisRevocations(new Redis(process.env.REDIS_URL)) }
 */
export function redisRevocations(client: RedisClient, options: RedisRevocationsOptions = {}): RedisRevocations {
  const told = new Options('redisRevocations()', options, ['prefix', 'staleAfter', 'timeout']);
  return new RedisRevocations(client, {
    prefix: told.prefix(),
    staleAfter: told.length('staleAfter', '2s', 100, '100 ms'),
    timeout: told.length('timeout', '1s', 1, 'a millisecond'),
  });
}

/**
 * Keeps sessions in Redis, for all instances. Each has a key of its own that expires with it. Redis 6.2 or later, which
 * keeps its data on disk: what it loses is a session that has to be opened again.
 *
 * @param client Of `ioredis`, or of `redis` (node-redis).
 * @throws {PolicyConfigurationError} when it does not know the client, or an option is wrong.
 * @example redisSessions(new Redis(process.env.REDIS_URL))
 */
export function redisSessions(client: RedisClient, options: RedisSessionsOptions = {}): RedisSessions {
  const told = new Options('redisSessions()', options, ['prefix', 'timeout']);
  return new RedisSessions(client, {
    prefix: told.prefix(),
    timeout: told.length('timeout', '1s', 1, 'a millisecond'),
  });
}

/** What a builder was given, not trusted yet. */
class Options {
  private readonly given: Readonly<Record<string, unknown>>;

  constructor(
    private readonly builder: string,
    options: object,
    names: readonly string[],
  ) {
    refuseUnknownTo(builder, options, names);
    this.given = { ...options };
  }

  prefix(): string {
    const { prefix = 'jwt-policy' } = this.given;
    // Braces would make another hash slot of a cluster out of every key.
    if (typeof prefix === 'string' && /^[\w.:-]{1,64}$/.test(prefix)) return prefix;
    throw this.mistake('prefix', 'is not a prefix', `use up to 64 letters, digits and . : _ -`);
  }

  length(name: string, usual: Duration, least: number, leastInWords: string): number {
    const { [name]: duration = usual } = this.given;
    const problem = `is not between ${leastInWords} and a minute`;
    return millisecondsWithin(duration, this.optionOf(name), [least, 60_000], problem, `write for example '1s'`);
  }

  private mistake(name: string, problem: string, fix: string): PolicyConfigurationError {
    return new PolicyConfigurationError(this.optionOf(name), problem, fix);
  }

  private optionOf(name: string): string {
    return `${this.builder}: ${name}`;
  }
}
