import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { TooManyRequests } from './too-many-requests.js';

/** So many failures per key and window: a try takes a point first and gets it back unless it failed. */
export class FailureLimit {
  private readonly limiter: RateLimiterMemory;

  constructor(failures: number, windowSeconds: number) {
    this.limiter = new RateLimiterMemory({ points: failures, duration: windowSeconds });
  }

  async attempt<T>(key: string, tryIt: () => Promise<T | undefined>): Promise<T | undefined> {
    const windowEnds = Date.now() + (await this.take(key)).msBeforeNext;
    const giveBack = async () => {
      if (Date.now() < windowEnds) await this.limiter.reward(key);
    };
    try {
      const result = await tryIt();
      if (result !== undefined) await giveBack();
      return result;
    } catch (error) {
      await giveBack();
      throw error;
    }
  }

  private async take(key: string): Promise<RateLimiterRes> {
    try {
      return await this.limiter.consume(key);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      await this.limiter.reward(key);
      throw new TooManyRequests(Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)));
    }
  }
}
