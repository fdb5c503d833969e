import { ServiceUnavailableException } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';

type ThrottlerStorageRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/** Counts in Redis, for all instances on it, or else in memory. What is refused takes no point. */
export class FailureStorage implements ThrottlerStorage {
  private readonly counters: RateLimiterRedis | RateLimiterMemory;

  constructor(redis: Redis | undefined) {
    // The real ones come with every call.
    const options = { keyPrefix: 'shop:log-in', points: 1, duration: 1 };
    this.counters =
      redis === undefined
        ? new RateLimiterMemory(options)
        : new RateLimiterRedis({ ...options, storeClient: redis, rejectIfRedisNotReady: true });
  }

  async increment(key: string, ttl: number, limit: number): Promise<ThrottlerStorageRecord> {
    const taken = this.counters.penalty(key, 1, { customDuration: ttl / 1000 });
    const { consumedPoints: totalHits, msBeforeNext } = await known(taken);
    const timeToExpire = msBeforeNext / 1000;
    const isBlocked = totalHits > limit;
    if (isBlocked) await this.giveBack(key);
    return { totalHits, timeToExpire, isBlocked, timeToBlockExpire: isBlocked ? timeToExpire : 0 };
  }

  async giveBack(key: string): Promise<void> {
    await known(this.counters.reward(key));
  }
}

/** Nobody may guess on while nobody counts. */
async function known<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw new ServiceUnavailableException('The shop cannot count log-ins, try again later', { cause });
  }
}
