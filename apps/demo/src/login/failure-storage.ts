import { ServiceUnavailableException } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import { Patience } from './patience.js';

type ThrottlerStorageRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/** What was counted, and the way to take it back. */
export interface Count extends ThrottlerStorageRecord {
  readonly giveBack: () => Promise<void>;
}

/**
 * Counts in Redis, for all instances on it, or else in memory. What is refused takes no point. Every window has counters of
 * its own, so that no point that is late, or comes back late, tells on another window.
 */
export class FailureStorage implements ThrottlerStorage {
  private readonly counters: RateLimiterRedis | RateLimiterMemory;
  private readonly patience = new Patience();

  constructor(redis: Redis | undefined) {
    // The real ones come with every call.
    const options = { keyPrefix: 'shop:log-in', points: 1, duration: 1 };
    this.counters =
      redis === undefined
        ? new RateLimiterMemory(options)
        : new RateLimiterRedis({ ...options, storeClient: redis, rejectIfRedisNotReady: true });
  }

  async increment(key: string, ttl: number, limit: number): Promise<Count> {
    const now = Date.now();
    const windowEnds = now - (now % ttl) + ttl;
    const counter = `${key}:${windowEnds}`;
    // Longer than the window, for an instance whose clock is behind.
    const life = { customDuration: (2 * ttl) / 1000 };

    const giveBack = async (): Promise<void> => {
      if (Date.now() < windowEnds) await this.ask(() => this.counters.reward(counter, 1, life));
    };
    const take = async (): Promise<number> => {
      const { consumedPoints } = await this.ask(() => this.counters.penalty(counter, 1, life));
      if (consumedPoints > limit) await giveBack();
      return consumedPoints;
    };

    // Asked first, so that a flood writes nothing, and Redis has nothing to make up for when it was away.
    const taken = (await this.ask(() => this.counters.get(counter)))?.consumedPoints ?? 0;
    const totalHits = taken < limit ? await take() : taken + 1;
    const isBlocked = totalHits > limit;
    const timeToExpire = (windowEnds - now) / 1000;
    return { totalHits, timeToExpire, isBlocked, timeToBlockExpire: isBlocked ? timeToExpire : 0, giveBack };
  }

  /** Nobody may guess on while nobody counts. */
  private async ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await this.patience.ask(question);
    } catch (cause) {
      throw new ServiceUnavailableException('The shop cannot count log-ins, try again later', { cause });
    }
  }
}
