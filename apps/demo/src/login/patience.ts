import { setImmediate, setTimeout as delay } from 'node:timers/promises';

const LASTS = 400;
const REST = 1_000;

/** Waits for an answer, and not for long. When it was lost, nothing is asked for a moment, so that nobody else waits in vain. */
export class Patience {
  private lostAt = Number.NEGATIVE_INFINITY;

  async ask<T>(question: () => Promise<T>): Promise<T> {
    if (performance.now() - this.lostAt < REST) throw new Error('There was no answer a moment ago');
    const answered = new AbortController();
    try {
      return await Promise.race([question(), this.lose(answered.signal)]);
    } finally {
      answered.abort();
    }
  }

  private async lose(signal: AbortSignal): Promise<never> {
    await delay(LASTS, undefined, { signal });
    // When it is this process that was late, the answer has come and is read first.
    await setImmediate(undefined, { signal });
    this.lostAt = performance.now();
    throw new Error('There was no answer in time');
  }
}
