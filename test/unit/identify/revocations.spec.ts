import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { InvalidToken, MemoryRevocations, PolicyUnavailable, type RevocationFacts } from 'nestjs-jwt-policy';
import type { VerifiedToken } from '../../../libs/jwt-policy/src/verify/verified-token.js';
import { orderedId } from '../../../libs/jwt-policy/src/ordered-id.js';
import { stopClock } from '../../support/clock.js';
import { DAY, revocationsOn } from '../../support/revocations.js';
import { seconds } from '../../support/tokens.js';
import { verifiedToken } from '../../support/verified-tokens.js';

const tokenOf = (claims: Record<string, unknown> = {}): VerifiedToken => verifiedToken({ jti: orderedId(), ...claims });
const standing = async (find: () => unknown, token = tokenOf()): Promise<unknown> =>
  revocationsOn({ add: async () => undefined, find: find as () => RevocationFacts }).check(token);

// oxlint-disable-next-line unicorn/no-thenable -- query builders do
const queryBuilder = (facts: object): object => ({ then: (done: (facts: object) => void) => done(facts) });

describe('a check', () => {
  it('needs no promise where the store needs none', () => {
    expect(revocationsOn().check(tokenOf())).toBeUndefined();
  });

  it.each([
    ['at once', () => ({ revoked: true })],
    ['later', async () => ({ revoked: true })],
    ['as a query builder does, which is no promise but has a then()', () => queryBuilder({ revoked: true })],
  ])('refuses a token that the store says is revoked %s', async (_case, find) => {
    await expect(standing(find)).rejects.toMatchObject({ constructor: InvalidToken, code: 'ERR_TOKEN_REVOKED' });
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('down');
      },
    ],
    ['rejects', async () => Promise.reject(new Error('down'))],
    ['rejects with what claims to be ours', async () => Promise.reject(new InvalidToken('ERR_TOKEN_EXPIRED', 'x'))],
    ['never answers', () => new Promise(() => undefined)],
    ['answers too late', () => delay(300, { revoked: false })],
    ['says nothing', () => undefined],
    ['says null', () => null],
    ['says null later', async () => null],
    ['says no', () => false],
    ['says yes', () => true],
    ['returns an empty object', () => ({})],
    ['returns a number', () => ({ revoked: 0 })],
    ['returns null instead of no', () => ({ revoked: null })],
    ['returns a list', () => []],
    ['returns a mark that is a date', () => ({ revoked: false, revokedBefore: new Date() })],
    ['returns a mark that is a number', () => ({ revoked: false, revokedBefore: 0 })],
    ['returns a mark that is none of ours', () => ({ revoked: false, revokedBefore: 'yesterday' })],
    ['returns an empty mark', () => ({ revoked: false, revokedBefore: '' })],
    ['returns a change that is a number', () => ({ revoked: false, changed: 1 })],
  ])('lets nobody in when the store %s', async (_case, find) => {
    await expect(standing(find)).rejects.toBeInstanceOf(PolicyUnavailable);
  });

  it('takes null for absent, as databases do', async () => {
    await expect(standing(() => ({ revoked: false, revokedBefore: null, changed: null }))).resolves.toBeUndefined();
    await expect(standing(async () => ({ revoked: false, changed: 'v1' }))).resolves.toBe('v1');
  });
});

const outcomeOf = (check: () => unknown): string => {
  try {
    check();
    return 'good';
  } catch (error) {
    return error instanceof InvalidToken ? error.code : String(error);
  }
};

describe('what is older than a revocation of all', () => {
  afterEach(() => jest.useRealTimers());

  it('is told by the order of the ids, a thousand times within one millisecond', async () => {
    stopClock(Date.now());
    const revocations = revocationsOn();
    for (let round = 0; round < 1_000; round += 1) {
      const before = tokenOf();
      await revocations.revokeAll('42');
      const after = tokenOf();
      expect(() => revocations.check(before)).toThrow(InvalidToken);
      expect(revocations.check(after)).toBeUndefined();
    }
  });

  it('is told across seconds, and a minute after', async () => {
    const now = Math.floor(Date.now() / 1000) * 1000;
    stopClock(now);
    const revocations = revocationsOn();
    const before = tokenOf();
    stopClock(now + 999);
    await revocations.revokeAll('42');
    stopClock(now + 1000);
    const after = tokenOf();
    stopClock(now + 61_000);
    expect(() => revocations.check(before)).toThrow(InvalidToken);
    expect(revocations.check(after)).toBeUndefined();
  });

  it('leaves the tokens of others alone', async () => {
    const revocations = revocationsOn();
    const other = tokenOf({ sub: '43' });
    await revocations.revokeAll('42');
    expect(revocations.check(other)).toBeUndefined();
  });

  it.each<[string, number, string | undefined, string]>([
    ['with a random id, of the second before', -1, randomUUID(), 'ERR_TOKEN_REVOKED'],
    ['with a random id, of the same second', 0, randomUUID(), 'ERR_TOKEN_REVOKED'],
    ['with a random id, of the next second', 1, randomUUID(), 'good'],
    ['with a text for an id, of the same second', 0, 'x', 'ERR_TOKEN_REVOKED'],
    ['with a fraction, just before', 0.499, 'x', 'ERR_TOKEN_REVOKED'],
    ['with a fraction, just after', 0.501, 'x', 'good'],
    ['with an ordered id that is a little younger than its iat, as after a clock was set back', -60, undefined, 'good'],
    ['with an ordered id that is more than a day younger', -86_401, undefined, 'ERR_TOKEN_REVOKED'],
    ['with an ordered id from the end of time', 0, 'ffffffff-ffff-7fff-bfff-ffffffffffff', 'ERR_TOKEN_REVOKED'],
    ['with an ordered id in capitals', 0, 'FFFFFFFF-FFFF-7FFF-BFFF-FFFFFFFFFFFF', 'ERR_TOKEN_REVOKED'],
  ])('is judged by iat for a token of somebody else’s making: %s', async (_case, offset, jti, expected) => {
    // Later than any other test has stopped the clock at.
    const base = Math.floor(Date.now() / 1000) + 1_000;
    stopClock(base * 1000 + 500);
    const revocations = revocationsOn();
    await revocations.revokeAll('42');
    const token = tokenOf({ iat: base + offset, ...(jti === undefined ? {} : { jti }) });
    expect(outcomeOf(() => revocations.check(token))).toBe(expected);
  });
});

describe('a revocation', () => {
  afterEach(() => jest.useRealTimers());

  it('is kept for as long as the token could be accepted, and then leaves the memory', async () => {
    jest.useFakeTimers({ now: Date.now() });
    const store = new MemoryRevocations();
    const revocations = revocationsOn(store, { leeway: 30_000 });
    const tokens = Array.from({ length: 100 }, (_, minute) => tokenOf({ exp: seconds(minute * 60) }));
    for (const token of tokens) await revocations.revoke(token);
    expect(store.size).toBe(100);
    await jest.advanceTimersByTimeAsync(49.4 * 60_000);
    expect(() => revocations.check(tokens[49])).toThrow(InvalidToken);
    await jest.advanceTimersByTimeAsync(2.1 * 60_000);
    expect(store.size).toBeLessThanOrEqual(50);
    expect(() => revocations.check(tokens[99])).toThrow(InvalidToken);
    await jest.advanceTimersByTimeAsync(60 * 60_000);
    expect(store.size).toBe(0);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('of all tokens is kept for as long as the longest of them lives', async () => {
    jest.useFakeTimers({ now: Date.now() });
    const store = new MemoryRevocations();
    const revocations = revocationsOn(store, { leeway: 30_000, longestLife: DAY });
    const token = tokenOf({ exp: seconds(86_400) });
    await revocations.revokeAll('42');
    await jest.advanceTimersByTimeAsync(DAY + 29_000);
    expect(() => revocations.check(token)).toThrow(InvalidToken);
    await jest.advanceTimersByTimeAsync(3 * 60_000);
    expect(store.size).toBe(0);
  });

  it('that is repeated takes no more room', async () => {
    const store = new MemoryRevocations();
    const revocations = revocationsOn(store);
    const token = tokenOf();
    for (let round = 0; round < 1_000; round += 1) {
      await revocations.revoke(token);
      await revocations.revokeAll('42');
      await revocations.forget('42');
    }
    expect(store.size).toBe(3);
  });

  it('of a token that ends when dates do is kept until then', async () => {
    const revocations = revocationsOn(undefined, { leeway: 300_000 });
    const token = tokenOf({ exp: 8_640_000_000_000 });
    await revocations.revoke(token);
    expect(() => revocations.check(token)).toThrow(InvalidToken);
  });

  it.each([
    ['rejects', async () => Promise.reject(new Error('down'))],
    ['hangs', () => new Promise<void>(() => undefined)],
    [
      'throws',
      () => {
        throw new Error('down');
      },
    ],
  ])('is reported as not made when the store %s', async (_case, add) => {
    const revocations = revocationsOn({ add, find: () => ({ revoked: false }) });
    await expect(revocations.revoke(tokenOf())).rejects.toBeInstanceOf(PolicyUnavailable);
    await expect(revocations.revokeAll('42')).rejects.toBeInstanceOf(PolicyUnavailable);
    await expect(revocations.forget('42')).rejects.toBeInstanceOf(PolicyUnavailable);
  });
});
