import { FROM_TOKEN, stalenessOf } from '../../../libs/jwt-policy/src/identify/freshness.js';
import { mistake, mistakeOf } from '../../support/mistakes.js';

describe('a freshness', () => {
  it.each([
    ['token', FROM_TOKEN],
    ['live', 0],
    [{ maxStale: '1ms' }, 1],
    [{ maxStale: '30s' }, 30_000],
    [{ maxStale: '24h' }, 86_400_000],
    [{ maxStale: '1d' }, 86_400_000],
  ])('%j lets an identity be %d ms old', (freshness, staleness) => {
    expect(stalenessOf(freshness, 'here')).toBe(staleness);
  });

  it.each([
    'stale',
    'LIVE',
    '30s',
    '',
    0,
    30,
    null,
    undefined,
    true,
    [],
    {},
    { maxAge: '30s' },
    { maxStale: '30s', more: 1 },
    () => 'live',
  ])('is not %p', (freshness) => {
    expect(mistakeOf(() => stalenessOf(freshness, 'here'))).toMatchObject(mistake('here', /is not a freshness/));
  });

  it.each([30, '30', '30 s', '-30s', '', null, undefined, Number.NaN, ['30s']])(
    'asks for a duration with a unit, not for %p',
    (maxStale) => {
      expect(mistakeOf(() => stalenessOf({ maxStale }, 'here'))).toMatchObject(mistake('here: maxStale', /unit/));
    },
  );

  it.each(['0ms', '0s', '0.5ms', '86400001ms', '2d', '999999999999d'])(
    'is at most a day and not nothing: %s',
    (maxStale) => {
      expect(mistakeOf(() => stalenessOf({ maxStale }, 'here'))).toMatchObject(
        mistake('here: maxStale', /between a millisecond and a day/),
      );
    },
  );
});
