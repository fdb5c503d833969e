import { type Duration, millisecondsWithin } from '../../duration.js';
import { PolicyConfigurationError } from '../../errors.js';
import { LONGEST_LIFE } from '../../longest-life.js';
import { refuseUnknown, wholeWithin } from '../../option-checks.js';
import { MemorySessions } from '../../stores/memory-sessions.js';
import type { SessionStore } from './session-store.js';

export interface SessionOptions {
  /**
   * Where sessions are kept. The memory of this process will do for one instance; several share `redisSessions()` of
   * `nestjs-jwt-policy/redis`, or `postgresSessions()` of `nestjs-jwt-policy/postgres`.
   * @defaultValue memory
   */
  store?: SessionStore;
  /**
   * How long a session lives without being refreshed; a second to ten years.
   * @defaultValue `'14d'`
   */
  idle?: Duration;
  /**
   * How long a session lives however often it is refreshed, and for how long after a log-in `renew()` makes new tokens;
   * a second to ten years.
   * @defaultValue `'90d'`
   */
  absolute?: Duration;
  /**
   * For how long a refresh token that was used may be presented again, because two tabs came at once or an answer was
   * lost: it gets the token that is good now. Later that is theft, and the session dies (RFC 9700, section 4.14.2). At
   * most 30 s. The clocks of all instances must agree to well within it.
   * @defaultValue `'10s'`
   */
  grace?: Duration;
  /**
   * How many sessions a subject may have at the same time; 1 to 1000. One more closes the oldest.
   * @defaultValue 100
   */
  most?: number;
}

/** Lengths of time in milliseconds. */
export interface SessionRules {
  readonly store: SessionStore;
  readonly idle: number;
  readonly absolute: number;
  readonly grace: number;
  readonly most: number;
  /** How long the store may take. */
  readonly timeout: number;
}

const NAMES = ['store', 'idle', 'absolute', 'grace', 'most'];
const VERBS = ['add', 'find', 'rotate', 'list', 'close'] as const;

/**
 * @param timeout In milliseconds.
 * @throws {PolicyConfigurationError} naming the option at fault and the fix.
 */
export function sessionRulesOf(options: SessionOptions = {}, timeout: number): SessionRules {
  refuseUnknown(options, 'issue.sessions', NAMES);
  const { store, idle = '14d', absolute = '90d', grace = '10s', most = 100 } = options;
  return {
    store: storeOf(store),
    idle: lifeOf(idle, 'issue.sessions.idle'),
    absolute: lifeOf(absolute, 'issue.sessions.absolute'),
    grace: graceOf(grace),
    most: wholeWithin(most, 'issue.sessions.most', [1, 1000], ''),
    timeout,
  };
}

function lifeOf(length: unknown, option: string): number {
  const problem = 'is not between a second and ten years';
  return millisecondsWithin(length, option, [1000, LONGEST_LIFE], problem, `write for example '14d'`);
}

function graceOf(grace: unknown): number {
  const problem = 'is longer than 30 seconds';
  const fix = 'a thief could go on for as long; leave it at 10s';
  return millisecondsWithin(grace, 'issue.sessions.grace', [0, 30_000], problem, fix);
}

function storeOf(store: SessionStore = new MemorySessions()): SessionStore {
  const given = (store ?? {}) as Partial<SessionStore>;
  if (VERBS.every((verb) => typeof given[verb] === 'function')) return store;
  throw new PolicyConfigurationError(
    'issue.sessions.store',
    'is not a store',
    `give redisSessions(client), postgresSessions(pool), or an object with ${VERBS.map((verb) => `${verb}()`).join(', ')}`,
  );
}
