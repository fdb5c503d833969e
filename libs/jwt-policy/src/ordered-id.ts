import { randomUUID } from 'node:crypto';

const ORDERED = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const MOST_OF_ONE_MILLISECOND = 0xfff;

let moment = 0;
let counter = 0;

/**
 * A UUID of version 7 (RFC 9562, section 5.7): the ids that one process makes sort in the order they were made, also
 * within a millisecond, and when its clock is set back (section 6.2, method 1).
 */
export function orderedId(): string {
  const now = Date.now();
  if (now > moment) {
    moment = now;
    counter = 0;
  } else if (++counter > MOST_OF_ONE_MILLISECOND) {
    moment += 1;
    counter = 0;
  }
  const time = moment.toString(16).padStart(12, '0');
  const random = randomUUID().slice(18);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}${random}`;
}

/** When an ordered id was made, in milliseconds since 1970; `NaN` for any other text. */
export function millisecondsOf(id: string): number {
  return ORDERED.test(id) ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : Number.NaN;
}
