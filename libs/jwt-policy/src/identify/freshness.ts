import { PolicyConfigurationError } from '../errors.js';

/**
 * How fresh the permissions are that count. `'token'`: those in the token, without a look-up. `'live'`: those that
 * `identify.load` returns, asked once per request.
 */
export type Freshness = 'token' | 'live';

/** @throws {PolicyConfigurationError} when it is anything else. */
export function checkedFreshness(freshness: unknown, place: string): Freshness {
  if (freshness === 'token' || freshness === 'live') return freshness;
  throw new PolicyConfigurationError(place, 'is not a freshness', `write 'token' or 'live'`);
}
