import { type Duration, millisecondsWithin } from '../../duration.js';
import { PolicyConfigurationError } from '../../errors.js';
import { refuseUnknownTo } from '../../option-checks.js';

export interface KeyRingOptions {
  /**
   * How long a key is known to everybody before it signs, and within which all instances switch to it; 100 ms to 30 days.
   * @defaultValue `'5m'`
   */
  notice?: Duration;
  /**
   * How often a provider is asked; 100 ms to a day, and no longer than `notice`.
   * @defaultValue `'1m'`, or `notice` if that is shorter
   */
  every?: Duration;
}

/** In milliseconds. */
export interface KeyRingTimes {
  readonly notice: number;
  /** Absent when there is nobody to ask. */
  readonly every?: number;
}

/** @throws {PolicyConfigurationError} naming the option at fault and the fix. */
export function timesOf(options: KeyRingOptions, source: unknown): KeyRingTimes {
  refuseUnknownTo('keyRing()', options, ['notice', 'every']);
  const notice = length(options.notice ?? '5m', 'notice', 30 * 86_400_000, '30 days');
  if (typeof source !== 'function') {
    if (options.every === undefined) return { notice };
    throw mistake('every', 'is for a provider', 'give a function that returns the keys, or leave it out');
  }
  const every = length(options.every ?? `${Math.min(notice, 60_000)}ms`, 'every', 86_400_000, 'a day');
  if (every <= notice) return { notice, every };
  throw mistake('every', 'is longer than notice', 'every instance has to know a key before another one signs with it');
}

function length(duration: unknown, name: string, most: number, mostInWords: string): number {
  const problem = `is not between 100 ms and ${mostInWords}`;
  return millisecondsWithin(duration, `keyRing(): ${name}`, [100, most], problem, `write for example '5m'`);
}

function mistake(name: string, problem: string, fix: string): PolicyConfigurationError {
  return new PolicyConfigurationError(`keyRing(): ${name}`, problem, fix);
}
