import { Logger } from '@nestjs/common';
import { codeOf } from '../error-code.js';

/** One try to log in: its place, and the points that it gets back unless it fails. */
export class Attempt {
  private readonly logger = new Logger(Attempt.name);
  private readonly taken: (() => Promise<void>)[] = [];

  constructor(private readonly leave: () => void) {}

  took(giveBack: () => Promise<void>): void {
    this.taken.push(giveBack);
  }

  /** As far as it can: whatever was found out about the try is still the answer to it. */
  async giveBack(): Promise<void> {
    const outcomes = await Promise.allSettled(this.taken.map((giveBack) => giveBack()));
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure === undefined) return;
    this.logger.warn(
      `a log-in that did not fail counts as if it had until its window ends (${codeOf(failure.reason)})`,
    );
  }

  end(): void {
    this.leave();
  }
}

/** By their requests: what the guard has begun, the interceptor ends. */
export class Attempts extends WeakMap<object, Attempt> {}
