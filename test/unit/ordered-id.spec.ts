import { millisecondsOf, orderedId } from '../../libs/jwt-policy/src/ordered-id.js';
import { stopClock } from '../support/clock.js';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('an ordered id', () => {
  afterEach(() => jest.useRealTimers());

  it('is a UUID of version 7 that says when it was made', () => {
    const before = Date.now();
    const id = orderedId();
    expect(id).toMatch(UUID_V7);
    expect(millisecondsOf(id)).toBeGreaterThanOrEqual(before);
    expect(millisecondsOf(id)).toBeLessThanOrEqual(Date.now());
  });

  it('comes after every one made before, also within one millisecond and when the clock is set back', () => {
    const now = Date.now() + 60_000;
    stopClock(now);
    const ids = Array.from({ length: 10_000 }, orderedId);
    expect(ids.every((id) => UUID_V7.test(id))).toBe(true);
    stopClock(now - 3_600_000);
    ids.push(...Array.from({ length: 100 }, orderedId));
    expect(ids).toEqual(ids.toSorted());
    expect(new Set(ids).size).toBe(ids.length);
    expect(millisecondsOf(ids[0])).toBe(now);
    expect(millisecondsOf(ids.at(-1) ?? '')).toBeLessThan(now + 5);
  });

  it.each([
    '',
    'x',
    '019ab0d0-0000-4000-8000-000000000000',
    '019ab0d0-0000-7000-c000-000000000000',
    '019AB0D0-0000-7000-8000-00000000000A',
    '019ab0d0-0000-7000-8000-00000000000',
    ' 019ab0d0-0000-7000-8000-000000000000',
    '019ab0d0-0000-7000-8000-000000000000\n',
    '019ab0d000007000-8000-000000000000',
  ])('is none when it is %j', (text) => {
    expect(millisecondsOf(text)).toBeNaN();
  });
});
