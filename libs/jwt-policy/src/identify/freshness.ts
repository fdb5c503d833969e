import { type Duration, millisecondsWithin } from '../duration.js';
import { PolicyConfigurationError } from '../errors.js';

/**
 * How fresh the permissions are that count. `'token'`: those in the token, without a look-up. `'live'`: those that
 * `identify.load` returns, asked once per request. `{ maxStale }`: those that it returned at most so long ago.
 */
export type Freshness = 'token' | 'live' | { readonly maxStale: Duration };

/** How old a loaded identity may be, in milliseconds; {@link FROM_TOKEN} when none is loaded. */
export type Staleness = number;

export const FROM_TOKEN: Staleness = Number.POSITIVE_INFINITY;
const LIVE: Staleness = 0;
/** How long a loaded identity may count at the most, in milliseconds. */
export const LONGEST_STALE: Staleness = 86_400_000;

/** @throws {PolicyConfigurationError} when it is not a {@link Freshness}. */
export function stalenessOf(freshness: unknown, place: string): Staleness {
  if (freshness === 'token') return FROM_TOKEN;
  if (freshness === 'live') return LIVE;
  if (!isMaxStale(freshness)) {
    throw new PolicyConfigurationError(
      place,
      'is not a freshness',
      `write 'token', 'live' or for example { maxStale: '30s' }`,
    );
  }
  return millisecondsWithin(
    freshness.maxStale,
    `${place}: maxStale`,
    [1, LONGEST_STALE],
    'is not between a millisecond and a day',
    `write for example '30s', or 'live' instead of an object when nothing may be stale`,
  );
}

function isMaxStale(freshness: unknown): freshness is { maxStale: unknown } {
  if (typeof freshness !== 'object' || freshness === null) return false;
  const names = Object.keys(freshness);
  return names.length === 1 && names[0] === 'maxStale';
}
