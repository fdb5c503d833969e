import { type Duration, millisecondsWithin } from '../duration.js';
import { PolicyConfigurationError } from '../errors.js';
import { functionOr, refuseUnknown } from '../option-checks.js';
import { MemoryRevocations } from '../stores/memory-revocations.js';
import { type Freshness, FROM_TOKEN, type Staleness, stalenessOf } from './freshness.js';
import type { IdentityLoader } from './identity-loader.js';
import type { RevocationStore } from './revocation-store.js';

export interface IdentifyOptions {
  /** Looks the subject up, for `'live'` and `{ maxStale }` permissions. */
  load?: IdentityLoader;
  /**
   * Which permissions count where a route does not say so by `@Freshness()`.
   * @defaultValue `'live'` if `load` is given, else `'token'`
   */
  freshness?: Freshness;
  /**
   * How long `load` and a store of yours may take before the answer is 503; a millisecond to five minutes.
   * @defaultValue `'5s'`
   */
  timeout?: Duration;
  /**
   * Where revocations are kept. The memory of this process will do for one instance; several share
   * `redisRevocations()` of `nestjs-jwt-policy/redis`.
   * @defaultValue memory
   */
  revocations?: RevocationStore;
}

export interface IdentifyRules {
  readonly load?: IdentityLoader;
  readonly staleness: Staleness;
  /** In milliseconds. */
  readonly timeout: number;
  readonly revocations: RevocationStore;
}

const NAMES = ['load', 'freshness', 'timeout', 'revocations'];

/** @throws {PolicyConfigurationError} naming the option at fault and the fix. */
export function identifyRulesOf(options: IdentifyOptions): IdentifyRules {
  refuseUnknown(options, 'identify', NAMES);
  const { load, freshness = load ? 'live' : 'token' } = options;
  functionOr(load, 'identify.load', 'async (subject) => ({ permissions: [...] })');
  const staleness = stalenessOf(freshness, 'identify.freshness');
  if (staleness !== FROM_TOKEN && !load) {
    throw new PolicyConfigurationError(
      'identify.freshness',
      `asks for loaded permissions, but nothing loads an identity`,
      'give identify.load',
    );
  }
  const timeout = timeoutOf(options.timeout);
  return { load, staleness, timeout, revocations: revocationsOf(options.revocations) };
}

function timeoutOf(timeout: unknown = '5s'): number {
  const problem = 'is not between a millisecond and five minutes';
  return millisecondsWithin(timeout, 'identify.timeout', [1, 300_000], problem, `write for example '5s'`);
}

function revocationsOf(store: RevocationStore = new MemoryRevocations()): RevocationStore {
  const { add, find } = (store ?? {}) as Partial<RevocationStore>;
  if (typeof add === 'function' && typeof find === 'function') return store;
  throw new PolicyConfigurationError(
    'identify.revocations',
    'is not a store',
    'give redisRevocations(client), or an object with add() and find()',
  );
}
