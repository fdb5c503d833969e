import { type Duration, milliseconds } from '../duration.js';
import { PolicyConfigurationError } from '../errors.js';
import { refuseUnknown } from '../option-checks.js';
import { checkedLifetime, type Expiry } from './lifetime.js';
import type { SessionOptions } from './sessions/session-options.js';

export interface IssueOptions {
  /**
   * How long new tokens live: a duration, or a function such as `untilHour()`.
   * @defaultValue `'15m'`
   */
  lifetime?: Duration | Expiry;
  sessions?: SessionOptions;
}

/**
 * @param maxLifetime In seconds.
 * @throws {PolicyConfigurationError} naming the option at fault and the fix.
 */
export function expiryOf(options: IssueOptions, maxLifetime: number | undefined): Expiry {
  refuseUnknown(options, 'issue', ['lifetime', 'sessions']);
  const { lifetime = '15m' } = options;
  const expiry = checkedLifetime(lifetime, 'issue.lifetime');
  if (maxLifetime === undefined || typeof lifetime !== 'string') return expiry;
  if (milliseconds(lifetime, 'issue.lifetime') <= maxLifetime * 1000) return expiry;
  throw new PolicyConfigurationError(
    'issue.lifetime',
    'is longer than verify.maxLifetime',
    'make it shorter, or verify.maxLifetime longer',
  );
}
