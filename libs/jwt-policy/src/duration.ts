import { PolicyConfigurationError } from './errors.js';

/** A length of time with its unit: `'500ms'`, `'30s'`, `'15m'`, `'12h'`, `'7d'`. A day is 24 hours. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const MILLISECONDS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h|d)$/;

/** @throws {PolicyConfigurationError} naming `option`, when `value` is not a {@link Duration}. */
export function milliseconds(value: unknown, option: string): number {
  const [, amount, unit] = (typeof value === 'string' && DURATION.exec(value)) || [];
  if (amount === undefined) {
    throw new PolicyConfigurationError(
      option,
      `needs a duration with a unit (ms, s, m, h or d)`,
      `write for example '30s' or '15m'; a bare number says nothing about its unit`,
    );
  }
  return Number(amount) * MILLISECONDS[unit as keyof typeof MILLISECONDS];
}

/**
 * The same, within bounds.
 *
 * @throws {PolicyConfigurationError} naming `option`, when it is no {@link Duration}, or one out of `[least, most]`.
 */
export function millisecondsWithin(
  value: unknown,
  option: string,
  [least, most]: readonly [least: number, most: number],
  problem: string,
  fix: string,
): number {
  const length = milliseconds(value, option);
  if (length >= least && length <= most) return length;
  throw new PolicyConfigurationError(option, problem, fix);
}
