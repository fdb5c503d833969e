import { TZDate } from '@date-fns/tz';
import { millisecondsWithin } from '../duration.js';
import { PolicyConfigurationError } from '../errors.js';
import { LONGEST_LIFE, MOST_DAYS } from '../longest-life.js';

/** Computes when a token that is issued now ends. */
export type Expiry = (issuedAt: Date) => Date;

/**
 * Ends tokens when people are asleep: after a number of days, and then at the next time the clock of a place shows an
 * hour. Days are calendar days of that place, so that a change to or from summer time moves nothing. An hour that a day
 * skips counts as the one after it.
 *
 * @param options `hour`: 0 to 23. `afterDays`: whole days before it may end (default 0). `timeZone`: an IANA name.
 * @throws {PolicyConfigurationError} when one of them is not that.
 * @example untilHour({ hour: 3, afterDays: 7, timeZone: 'Europe/London' })
 */
export function untilHour({
  hour,
  afterDays = 0,
  timeZone,
}: {
  hour: number;
  afterDays?: number;
  timeZone: string;
}): Expiry {
  requireWithin(hour, 23, 'hour');
  requireWithin(afterDays, MOST_DAYS, 'afterDays');
  requireTimeZone(timeZone);
  return (issuedAt) => {
    const now = new TZDate(issuedAt.getTime(), timeZone);
    const hourAfter = (days: number): Date =>
      new Date(new TZDate(now.getFullYear(), now.getMonth(), now.getDate() + days, hour, timeZone).getTime());
    // Compared on the clock of the place, not in elapsed time: seven days are seven dates.
    const sameDay = hourAfter(clockHours(now) <= hour ? afterDays : afterDays + 1);
    return sameDay > issuedAt ? sameDay : hourAfter(afterDays + 1);
  };
}

function clockHours(date: Date): number {
  return date.getHours() + (date.getMinutes() + (date.getSeconds() + date.getMilliseconds() / 1000) / 60) / 60;
}

/** @throws {PolicyConfigurationError} when it is neither a duration of at least a second nor a function. */
export function checkedLifetime(lifetime: unknown, option: string): Expiry {
  if (typeof lifetime === 'function') return lifetime as Expiry;
  const length = millisecondsWithin(
    lifetime,
    option,
    [1000, LONGEST_LIFE],
    'is not between a second and ten years',
    `write for example '15m'`,
  );
  return (issuedAt) => new Date(issuedAt.getTime() + length);
}

function requireWithin(value: unknown, most: number, name: string): void {
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most) return;
  throw new PolicyConfigurationError(
    `untilHour({ ${name} })`,
    'is out of range',
    `use a whole number from 0 to ${most}`,
  );
}

function requireTimeZone(timeZone: unknown): void {
  try {
    if (typeof timeZone === 'string' && new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone) return;
  } catch {
    // Intl says that the zone is unknown by throwing; it is refused below, like one that is missing.
  }
  throw new PolicyConfigurationError(
    'untilHour({ timeZone })',
    'is not a time zone',
    `use an IANA name such as 'Europe/London'`,
  );
}
