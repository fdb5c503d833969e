import pLimit, { type LimitFunction } from 'p-limit';
import { TooManyRequests } from './too-many-requests.js';

/** At most so many at once, so many waiting; the others are told to come back. */
export class BoundedWork {
  private readonly limit: LimitFunction;

  constructor(
    atOnce: number,
    private readonly waiting: number,
  ) {
    this.limit = pLimit(atOnce);
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    if (this.limit.pendingCount >= this.waiting) throw new TooManyRequests(1);
    return this.limit(work);
  }
}
