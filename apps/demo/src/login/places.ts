import pLimit, { type LimitFunction } from 'p-limit';
import { TooManyRequests } from './too-many-requests.js';

/** So many at once, so many waiting; the others are told to come back. */
export class Places {
  private readonly limit: LimitFunction;

  constructor(
    atOnce: number,
    private readonly waiting: number,
  ) {
    this.limit = pLimit(atOnce);
  }

  /** Waits for a place; what comes back leaves it. */
  async take(): Promise<() => void> {
    if (this.limit.pendingCount >= this.waiting) throw new TooManyRequests(1);
    return new Promise((taken) => void this.limit(() => new Promise<void>((leave) => taken(leave))));
  }
}
