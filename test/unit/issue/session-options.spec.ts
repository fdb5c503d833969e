import { inspect } from 'node:util';
import { MemorySessions } from 'nestjs-jwt-policy';
import { checkOptions } from '../../../libs/jwt-policy/src/jwt-policy.options.js';
import { OPTIONS } from '../../support/guarded-shop.js';
import { mistake, mistakeOf } from '../../support/mistakes.js';

const rulesOf = (sessions?: object) =>
  checkOptions({ ...OPTIONS, identify: { timeout: '7s' }, issue: { sessions } }).sessions;

const DAY = 86_400_000;

describe('the options of sessions', () => {
  it('need not be given', () => {
    expect(checkOptions(OPTIONS).sessions).toEqual({
      store: expect.any(MemorySessions),
      idle: 14 * DAY,
      absolute: 90 * DAY,
      grace: 10_000,
      most: 100,
      timeout: 5_000,
    });
  });

  it('count when they are given, and the store has the time of all stores', () => {
    const store = new MemorySessions();
    expect(rulesOf({ store, idle: '1s', absolute: '3650d', grace: '30s', most: 1 })).toEqual({
      store,
      idle: 1_000,
      absolute: 3650 * DAY,
      grace: 30_000,
      most: 1,
      timeout: 7_000,
    });
    expect(rulesOf({ idle: '90d', absolute: '1d', grace: '0s' })).toMatchObject({ idle: 90 * DAY, grace: 0 });
    expect(rulesOf({ most: 1_000 })).toMatchObject({ most: 1_000 });
  });

  it.each<[string, object, RegExp]>([
    ['issue.sessions.idle', { idle: '999ms' }, /between a second and ten years/],
    ['issue.sessions.idle', { idle: '3651d' }, /between a second and ten years/],
    ['issue.sessions.idle', { idle: 1000 }, /unit/],
    ['issue.sessions.absolute', { absolute: '0s' }, /between a second and ten years/],
    ['issue.sessions.absolute', { absolute: '90' }, /unit/],
    ['issue.sessions.grace', { grace: '30001ms' }, /longer than 30 seconds/],
    ['issue.sessions.grace', { grace: '-1s' }, /unit/],
    ['issue.sessions.most', { most: 0 }, /out of range/],
    ['issue.sessions.most', { most: 1_001 }, /out of range/],
    ['issue.sessions.most', { most: 1.5 }, /out of range/],
    ['issue.sessions.most', { most: '5' }, /out of range/],
    ['issue.sessions.store', { store: null }, /is not a store/],
    ['issue.sessions.store', { store: {} }, /is not a store/],
    ['issue.sessions.store', { store: 'redis://localhost' }, /is not a store/],
    ['issue.sessions.lifetime', { lifetime: '1d' }, /is not an option/],
    ['issue.sessions.maxAge', { maxAge: undefined }, /is not an option/],
  ])('refuse %s: %j', (option, sessions, problem) => {
    expect(mistakeOf(() => rulesOf(sessions))).toMatchObject(mistake(option, problem));
  });

  it.each(['add', 'find', 'rotate', 'list', 'close'])('refuse a store without %s()', (verb) => {
    const store: object = Object.assign(new MemorySessions(), { [verb]: undefined });
    expect(mistakeOf(() => rulesOf({ store }))).toMatchObject(mistake('issue.sessions.store', /is not a store/));
  });

  it.each([null, 7, 'memory'])('refuse %p in the place of an object', (sessions) => {
    expect(mistakeOf(() => rulesOf(sessions as never))).toMatchObject(mistake('issue.sessions', /is not an object/));
  });

  it('show nothing of a store', () => {
    expect(inspect(mistakeOf(() => rulesOf({ store: { password: 'hunter2' } })))).not.toContain('hunter2');
  });
});
