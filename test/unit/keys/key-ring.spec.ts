import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { type Key, keyPair, keyRing, type KeySet, publicKey, secretKey } from 'nestjs-jwt-policy';
import { KeySources } from '../../../libs/jwt-policy/src/keys/key-sources.js';
import { stopClock } from '../../support/clock.js';
import { ec, PAIRS } from '../../support/key-pairs.js';
import { mistakeOf } from '../../support/mistakes.js';
import { SECRET } from '../../support/tokens.js';
import { until } from '../../support/until.js';

const NOW = new Date('2026-11-23T12:00:00Z').getTime();
const MINUTE = 60_000;
const LIFE = 15 * MINUTE;

const key = (kid?: string): Key => secretKey(randomBytes(64), { kid });
const kids = (keys: readonly Key[]): string[] => keys.map(({ kid }) => kid);
/** A ring whose tokens live for a quarter of an hour. */
const living = (...args: Parameters<typeof keyRing>): ReturnType<typeof keyRing> => {
  const ring = keyRing(...args);
  ring.signFor({ endOf: (issuedAt) => issuedAt.getTime() + LIFE, leeway: 0 });
  return ring;
};
const message = (act: () => unknown): string => mistakeOf(act).message;

afterEach(() => jest.useRealTimers());

describe('a ring of keys', () => {
  const [first, second] = [secretKey(SECRET, { kid: 'first' }), key('second')];

  it('finds each key by its own kid, and none by another', () => {
    const ring = keyRing({ active: first, upcoming: [second] });
    expect(['first', 'second', 'third', undefined].map((kid) => ring.find(kid))).toEqual([
      first,
      second,
      undefined,
      undefined,
    ]);
  });

  it('says what each key is for', () => {
    const ring = keyRing({ active: first, upcoming: [second], retiring: [key('third'), key('fourth')] });
    expect([ring.active.kid, kids(ring.upcoming), kids(ring.retiring)]).toEqual([
      'first',
      ['second'],
      ['third', 'fourth'],
    ]);
  });

  it('calls a key without a name by its thumbprint', () => {
    const [one, other] = [key(), keyPair({ privateKey: PAIRS.ES256.privateKey, alg: 'ES256' })];
    const ring = keyRing({ active: one, retiring: [other] });
    expect([ring.find(one.kid), ring.find(other.kid), ring.find(undefined)]).toEqual([one, other, undefined]);
  });

  it('means its only key by no kid at all, unless somebody has named it', () => {
    const nameless = key();
    expect(keyRing({ active: nameless }).find(undefined)).toBe(nameless);
    expect(keyRing({ active: first }).find(undefined)).toBeUndefined();
    expect(keyRing({ active: nameless, upcoming: [second] }).find(undefined)).toBeUndefined();
  });

  it.each<[string, () => unknown, string]>([
    ['the same kid twice', () => keyRing({ active: first, retiring: [key('first')] }), 'two keys with the same `kid`'],
    ['the same key twice', () => keyRing({ active: first, upcoming: [first] }), 'two keys with the same `kid`'],
    ['something that is no key', () => keyRing({ active: SECRET as never }), 'something that is not a key'],
    ['nothing', () => keyRing({} as never), 'something that is not a key'],
    ['options that are none', () => keyRing({ active: first }, null as never), 'got options that are no object'],
    ['an unknown option', () => keyRing({ active: first }, { notise: '1m' } as never), 'notise is not an option'],
    ['a notice without a unit', () => keyRing({ active: first }, { notice: '300' as never }), 'duration with a unit'],
    ['no notice at all', () => keyRing({ active: first }, { notice: '99ms' }), 'is not between 100 ms and 30 days'],
    ['a notice of a season', () => keyRing({ active: first }, { notice: '31d' }), 'is not between 100 ms and 30 days'],
    ['a schedule and nobody to ask', () => keyRing({ active: first }, { every: '1m' }), 'every is for a provider'],
    [
      'a provider that is asked less often than others sign with what it says',
      () => keyRing(() => ({ active: first }), { every: '2m', notice: '1m' }),
      'every is longer than notice',
    ],
    ['a provider that is asked all the time', () => keyRing(() => ({ active: first }), { every: '1ms' }), '100 ms'],
  ])('refuses %s', (_case, make, expected) => {
    expect(message(make)).toContain(expected);
  });

  it('shows nothing of what it is made of', () => {
    const shown = inspect(keyRing({ active: first }), { depth: 9, showHidden: true }) + JSON.stringify(first);
    expect(inspect(first)).toContain('HS512');
    expect(shown).not.toContain(SECRET.slice(0, 12));
  });
});

const sign = (ring: ReturnType<typeof keyRing>, expiresAt = Date.now() + LIFE): void =>
  void ring.sign('at+jwt', Buffer.from('{}'), new Date(expiresAt));

describe('a rotation by hand', () => {
  it('signs with the upcoming key, and keeps the former one until its tokens have ended everywhere', () => {
    stopClock(NOW);
    const ring = living({ active: key('a'), upcoming: [key('b')] });
    stopClock(NOW + 5 * MINUTE);
    ring.rotate();
    expect([ring.active.kid, kids(ring.upcoming), kids(ring.retiring)]).toEqual(['b', [], ['a']]);
    // Another instance may sign with it for five minutes more, and such a token lives for fifteen.
    stopClock(NOW + 25 * MINUTE - 1);
    expect(ring.find('a')?.kid).toBe('a');
    stopClock(NOW + 25 * MINUTE);
    expect([ring.find('a'), kids(ring.retiring)]).toEqual([undefined, []]);
  });

  it('keeps it for longer when it has signed a token that lives longer', () => {
    stopClock(NOW);
    const ring = living({ active: key('a'), upcoming: [key('b')] });
    sign(ring, NOW + 60 * MINUTE);
    sign(ring, NOW + 2 * MINUTE);
    stopClock(NOW + 5 * MINUTE);
    ring.rotate();
    stopClock(NOW + 60 * MINUTE - 1);
    expect(ring.find('a')).toBeDefined();
    stopClock(NOW + 60 * MINUTE);
    expect(ring.find('a')).toBeUndefined();
  });

  it.each<[string, () => number]>([
    [
      'fails',
      () => {
        throw new Error('no holidays after 2026');
      },
    ],
    ['makes no sense', () => Number.NaN],
  ])('keeps it for good where the end of its tokens %s', (_case, endOf) => {
    stopClock(NOW);
    const ring = keyRing({ active: key('a'), upcoming: [key('b')] });
    ring.signFor({ endOf, leeway: 0 });
    stopClock(NOW + 5 * MINUTE);
    ring.rotate();
    stopClock(NOW + 1_000 * 86_400_000);
    expect([ring.active.kid, ring.find('a')?.kid]).toEqual(['b', 'a']);
  });

  it('keeps it for the leeway as well, which its tokens have, too', () => {
    stopClock(NOW);
    const ring = keyRing({ active: key('a'), upcoming: [key('b')] });
    ring.signFor({ endOf: (issuedAt) => issuedAt.getTime() + LIFE, leeway: MINUTE });
    sign(ring, NOW + 60 * MINUTE);
    stopClock(NOW + 5 * MINUTE);
    ring.rotate();
    stopClock(NOW + 61 * MINUTE - 1);
    expect(ring.find('a')).toBeDefined();
    stopClock(NOW + 61 * MINUTE);
    expect(ring.find('a')).toBeUndefined();
  });

  it('asks no more for how long an app that has closed needs it', () => {
    stopClock(NOW);
    const ring = living({ active: key('a'), upcoming: [key('b')] });
    ring.signFor({ endOf: () => Number.POSITIVE_INFINITY, leeway: 0 })();
    stopClock(NOW + 5 * MINUTE);
    ring.rotate();
    stopClock(NOW + 25 * MINUTE);
    expect(ring.find('a')).toBeUndefined();
  });

  it('keeps it for good where nobody knows how long tokens live', () => {
    stopClock(NOW);
    const ring = keyRing({ active: key('a'), upcoming: [key('b')] });
    stopClock(NOW + 5 * MINUTE);
    ring.rotate();
    stopClock(NOW + 1_000 * 86_400_000);
    expect(ring.find('a')?.kid).toBe('a');
    expect(message(() => ring.retire('a'))).toContain('set verify.maxLifetime');
  });

  it('is too soon while the upcoming key is not known everywhere, to the millisecond', () => {
    stopClock(NOW);
    const ring = living({ active: key('a') });
    ring.announce(key('b'));
    stopClock(NOW + 5 * MINUTE - 1);
    expect(message(() => ring.rotate())).toBe(
      'keys: KeyRing.rotate() comes too soon for others to know the upcoming key: wait for another 1 s.',
    );
    stopClock(NOW + 60_000);
    expect(message(() => ring.rotate())).toContain('wait for another 240 s');
    expect([ring.active.kid, kids(ring.upcoming)]).toEqual(['a', ['b']]);
    stopClock(NOW + 5 * MINUTE);
    ring.rotate();
    expect(ring.active.kid).toBe('b');
  });

  it('takes the keys in the order in which they were announced', () => {
    stopClock(NOW);
    const ring = living({ active: key('a') }, { notice: '1s' });
    for (const kid of ['b', 'c', 'd']) ring.announce(key(kid));
    for (const [index, kid] of ['b', 'c', 'd'].entries()) {
      stopClock(NOW + 1_000 + index);
      ring.rotate();
      expect(ring.active.kid).toBe(kid);
    }
    expect(kids(ring.retiring)).toEqual(['a', 'b', 'c']);
    expect(message(() => ring.rotate())).toContain('finds no upcoming key');
  });

  it('never signs with half a key', () => {
    stopClock(NOW);
    const half = publicKey({ key: PAIRS.ES256.publicKey, alg: 'ES256', kid: 'b' });
    const ring = living({ active: key('a'), upcoming: [half] });
    stopClock(NOW + 5 * MINUTE);
    expect(message(() => ring.rotate())).toContain('an upcoming key that cannot sign');
    expect(message(() => ring.announce(publicKey({ key: ec('prime256v1').publicKey, alg: 'ES256' })))).toContain(
      'got a key that cannot sign',
    );
    expect(ring.active.kid).toBe('a');
  });

  it.each<[string, unknown, string]>([
    ['something else', SECRET, 'something that is not a key'],
    ['a name that is taken', key('a'), 'two keys with the same `kid`'],
  ])('is not announced with %s', (_case, announced, expected) => {
    const ring = living({ active: key('a') });
    expect(message(() => ring.announce(announced as Key))).toContain(expected);
    expect(ring.upcoming).toEqual([]);
  });
});

describe('a retiring key', () => {
  it('is not dropped while a token of it may be good, and the time that is left is said', () => {
    stopClock(NOW);
    const ring = living({ active: key('b'), retiring: [key('a')] });
    expect(message(() => ring.retire('a'))).toBe(
      'keys: KeyRing.retire() would refuse tokens that are still good: wait for another 1200 s, or distrust() a stolen key.',
    );
    stopClock(NOW + 20 * MINUTE - 1);
    expect(message(() => ring.retire('a'))).toContain('another 1 s');
    expect(ring.find('a')).toBeDefined();
    stopClock(NOW + 20 * MINUTE);
    ring.retire('a');
    expect([ring.find('a'), ring.retiring]).toEqual([undefined, []]);
  });

  it('stays for as long as the options name it', () => {
    stopClock(NOW);
    const ring = living({ active: key('b'), retiring: [key('a')] });
    stopClock(NOW + 365 * 86_400_000);
    expect(ring.find('a')?.kid).toBe('a');
  });

  it.each(['b', 'c', 'none'])('is the only one that can be dropped: not %s', (kid) => {
    const ring = living({ active: key('b'), retiring: [key('a')], upcoming: [key('c')] });
    expect(message(() => ring.retire(kid))).toContain('finds no retiring key of this `kid`');
    expect(kids([ring.active, ...ring.upcoming, ...ring.retiring])).toEqual(['b', 'c', 'a']);
  });

  it('lives for as long as the longest-lived token of all who use the ring', () => {
    stopClock(NOW);
    const ring = living({ active: key('b'), retiring: [key('a')] });
    ring.signFor({ endOf: (issuedAt) => issuedAt.getTime() + 60 * MINUTE, leeway: 0 });
    expect(message(() => ring.retire('a'))).toContain('another 3900 s');
  });
});

describe('a key that is distrusted', () => {
  it('is gone at once, whatever it was', () => {
    const ring = living({ active: key('b'), retiring: [key('a')], upcoming: [key('c'), key('d')] });
    ring.distrust('a');
    ring.distrust('d');
    expect(['a', 'd'].map((kid) => ring.find(kid))).toEqual([undefined, undefined]);
    expect([ring.active.kid, kids(ring.upcoming), kids(ring.retiring)]).toEqual(['b', ['c'], []]);
  });

  it('makes room for the upcoming one when it signed, without any notice', () => {
    const ring = living({ active: key('b'), upcoming: [key('c')] });
    ring.distrust('b');
    expect([ring.active.kid, ring.find('b'), ring.upcoming]).toEqual(['c', undefined, []]);
  });

  it('is not the last that could sign', () => {
    const half = publicKey({ key: PAIRS.ES256.publicKey, alg: 'ES256', kid: 'c' });
    const ring = living({ active: key('b'), upcoming: [half] });
    expect(message(() => ring.distrust('b'))).toContain('would leave no key that signs');
    expect(ring.active.kid).toBe('b');
    expect(message(() => ring.distrust('none'))).toContain('finds no key of this `kid`');
  });

  it('is gone under every name that it has', () => {
    const secret = randomBytes(64);
    const named = (kid: string): Key => secretKey(secret, { kid });
    const ring = living({ active: named('one'), upcoming: [named('two'), key('other')], retiring: [named('three')] });
    ring.distrust('three');
    expect(ring.active.kid).toBe('other');
    expect(['one', 'two', 'three'].map((kid) => ring.find(kid))).toEqual([undefined, undefined, undefined]);
    expect([ring.upcoming, ring.retiring]).toEqual([[], []]);
  });

  it('does not come back, under another name either', () => {
    const secret = randomBytes(64);
    const ring = living({ active: key('b'), retiring: [secretKey(secret, { kid: 'a' })] });
    ring.distrust('a');
    expect(message(() => ring.announce(secretKey(secret, { kid: 'z' })))).toContain('a key that is distrusted');
  });
});

const askedAgain = async ({ provided }: { provided: { asked: number } }, times: number): Promise<void> => {
  const before = provided.asked;
  await until(() => provided.asked >= before + times);
  await delay(5);
};

describe('a provider of keys', () => {
  const [a, b, c] = [key('a'), key('b'), key('c')];
  const open: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0)) await close();
  });

  /** A ring that follows `set`, and what it reported. */
  async function following(set: KeySet, times = { every: '100ms', notice: '100ms' } as const) {
    const provided = { set, asked: 0, fails: false };
    const problems: Error[] = [];
    const ring = living(() => {
      provided.asked += 1;
      if (provided.fails) throw new Error('the vault is sealed');
      return Promise.resolve(provided.set);
    }, times);
    await ring.open((problem) => void problems.push(problem));
    open.push(() => ring.close());
    return { provided, problems, ring };
  }

  it('is asked while the app starts, and before that there are no keys', async () => {
    const ring = keyRing(async () => ({ active: a }));
    expect(message(() => ring.active)).toContain('are not there yet');
    expect(ring.find('a')).toBeUndefined();
    await ring.open(() => {});
    expect(ring.active).toBe(a);
    await ring.close();
  });

  it('stops the start when it fails, and says why', async () => {
    const ring = keyRing(() => {
      throw new Error('the vault is sealed');
    });
    await expect(ring.open(() => {})).rejects.toMatchObject({
      message: 'the provider of keys failed',
      cause: { message: 'the vault is sealed' },
    });
    await expect(keyRing(() => ({ active: SECRET as never })).open(() => {})).rejects.toThrow('not a key');
  });

  it('is followed: from upcoming to active to retiring', async () => {
    const one = await following({ active: a, upcoming: [b] });
    one.provided.set = { active: b, upcoming: [c], retiring: [a] };
    await until(() => one.ring.active.kid === 'b');
    expect([kids(one.ring.upcoming), kids(one.ring.retiring)]).toEqual([['c'], ['a']]);
    expect(one.problems).toEqual([]);
  });

  it('does not make a key sign that others cannot know yet', async () => {
    const one = await following({ active: a }, { every: '100ms', notice: '1s' } as never);
    const began = performance.now();
    one.provided.set = { active: b };
    await until(() => one.ring.upcoming.length > 0);
    expect([one.ring.active.kid, kids(one.ring.upcoming)]).toEqual(['a', ['b']]);
    await until(() => one.ring.active.kid === 'b');
    expect(performance.now() - began).toBeGreaterThan(1_000);
    expect(kids(one.ring.retiring)).toEqual(['a']);
  });

  it('cannot make anybody be refused by naming a key no more', async () => {
    const one = await following({ active: a, upcoming: [b], retiring: [c] });
    one.provided.set = { active: a };
    await until(() => one.ring.upcoming.length === 0);
    expect(kids(one.ring.retiring).toSorted()).toEqual(['b', 'c']);
    expect(['a', 'b', 'c'].map((kid) => one.ring.find(kid))).toEqual([a, b, c]);
  });

  it('lets go of a key that it names no more when the last of its tokens has ended', async () => {
    const ring = keyRing(() => set, { every: '100ms', notice: '100ms' });
    let set: KeySet = { active: a, retiring: [c] };
    ring.signFor({ endOf: (issuedAt) => issuedAt.getTime() + 100, leeway: 0 });
    await ring.open(() => {});
    open.push(() => ring.close());
    set = { active: a };
    await until(() => ring.retiring.length === 0);
    expect(ring.find('c')).toBeUndefined();
  });

  it('may go back to the key before', async () => {
    const one = await following({ active: a, upcoming: [b] });
    one.provided.set = { active: b };
    await until(() => one.ring.active.kid === 'b');
    one.provided.set = { active: a };
    await until(() => one.ring.active.kid === 'a');
    expect(kids(one.ring.retiring)).toEqual(['b']);
  });

  it('is asked at once for a key that nobody knows, by all who ask together', async () => {
    const one = await following({ active: a }, { every: '1m', notice: '1m' } as never);
    one.provided.set = { active: a, upcoming: [b] };
    const { ring } = one;
    await delay(5);
    // It was asked just now.
    expect([await ring.seek?.('b'), one.provided.asked]).toEqual([undefined, 1]);
    const now = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => now() + 5_000);
    expect(await Promise.all([ring.seek?.('b'), ring.seek?.('b'), ring.seek?.('x')])).toEqual([b, b, undefined]);
    expect(one.provided.asked).toBe(2);
    one.provided.fails = true;
    jest.spyOn(performance, 'now').mockImplementation(() => now() + 10_000);
    await expect(ring.seek?.('y')).rejects.toMatchObject({ code: 'ERR_POLICY_UNAVAILABLE' });
    await expect(ring.seek?.('z')).rejects.toMatchObject({ code: 'ERR_POLICY_UNAVAILABLE' });
    expect([one.provided.asked, ring.find('b')]).toEqual([3, b]);
    jest.restoreAllMocks();
  });

  it('leaves no other key than one that signs to sign', async () => {
    const half = publicKey({ key: PAIRS.ES256.publicKey, alg: 'ES256', kid: 'half' });
    const one = await following({ active: a });
    one.provided.set = { active: half, retiring: [a] };
    await until(() => one.problems.length > 0);
    expect(one.problems[0].message).toContain('have an active one that cannot sign');
    expect(one.ring.active).toBe(a);
  });

  it('leaves no half of an upcoming key to sign, but lets a whole one be named by its half', async () => {
    const { privateKey, publicKey: verifying } = PAIRS.ES256;
    const half = publicKey({ key: verifying, alg: 'ES256', kid: 'p' });
    const one = await following({ active: a, upcoming: [half] });
    one.provided.set = { active: half };
    await until(() => one.problems.length > 0);
    expect([one.problems[0].message, one.ring.active.kid]).toEqual([
      'keys have an active one that cannot sign: give its private half.',
      'a',
    ]);
    one.provided.set = { active: a, upcoming: [keyPair({ privateKey, alg: 'ES256', kid: 'p' })] };
    await until(() => one.ring.upcoming[0]?.canSign);
    one.provided.set = { active: half };
    await until(() => one.ring.active.kid === 'p');
    expect(one.ring.active.canSign).toBe(true);
  });

  it('may give another key the name of one that has retired', async () => {
    let set: KeySet = { active: a, upcoming: [b] };
    const problems: Error[] = [];
    const ring = keyRing(() => set, { every: '100ms', notice: '100ms' });
    ring.signFor({ endOf: (issuedAt) => issuedAt.getTime(), leeway: 0 });
    await ring.open((problem) => problems.push(problem));
    open.push(() => ring.close());
    const again = key('a');
    set = { active: b };
    await until(() => ring.active === b);
    set = { active: b, upcoming: [again] };
    await until(() => problems.length > 0);
    expect([problems[0].message, ring.find('a')]).toEqual([
      'keys hold two keys with the same `kid`: give every key a `kid` of its own.',
      a,
    ]);
    await until(() => ring.find('a') === again);
  });

  it('keeps a request waiting no longer than five seconds, and goes on waiting itself', async () => {
    let later: ((set: KeySet) => void) | undefined;
    let asked = 0;
    const answers = [{ active: a }, new Promise<KeySet>((resolve) => (later = resolve))];
    const ring = keyRing(() => answers[asked++], { every: '1h', notice: '1h' });
    await ring.open(() => {});
    open.push(() => ring.close());
    const now = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => now() + 10_000);
    const began = Date.now();
    await expect(ring.seek?.('x')).rejects.toMatchObject({ code: 'ERR_POLICY_UNAVAILABLE' });
    expect(Date.now() - began).toBeLessThan(7_000);
    later?.({ active: a, upcoming: [b] });
    expect(await ring.seek?.('b')).toBe(b);
    expect(asked).toBe(2);
    jest.restoreAllMocks();
  }, 20_000);

  it('may take its time for as long as another instance may still sign with the former key', async () => {
    let set: KeySet = { active: a, upcoming: [b] };
    const ring = keyRing(() => set, { every: '100ms', notice: '100ms' });
    ring.signFor({ endOf: (issuedAt) => issuedAt.getTime(), leeway: 0 });
    await ring.open(() => {});
    open.push(() => ring.close());
    set = { active: b };
    await until(() => ring.active === b);
    // 100 ms until it was known, 100 ms until it asks, and a second for the answer.
    expect(await until(() => ring.retiring.length === 0)).toBeGreaterThan(1_100);
  });

  it('is not waited for, nor heard, when the app has closed', async () => {
    let times = 0;
    let fail: ((error: Error) => void) | undefined;
    const later = new Promise<KeySet>((_, reject) => (fail = reject));
    const problems: Error[] = [];
    const ring = keyRing(
      () => {
        times += 1;
        return times === 1 ? { active: a } : later;
      },
      { every: '100ms', notice: '100ms' },
    );
    await ring.open((problem) => problems.push(problem));
    await until(() => times === 2);
    await ring.close();
    await delay(20);
    fail?.(new Error('the pool has ended'));
    await delay(20);
    expect([problems, times]).toEqual([[], 2]);
  });

  it('has so much time to answer, and is reported when it needs more', async () => {
    const silent = keyRing(() => new Promise<KeySet>(() => {}), { every: '100ms', notice: '100ms' });
    await expect(silent.open(() => {})).rejects.toMatchObject({
      message: 'the provider of keys failed',
      cause: { message: 'it did not answer within 1000 ms' },
    });
  });

  it('may name a key that has signed elsewhere', async () => {
    const one = await following({ active: a });
    one.provided.set = { active: a, retiring: [c] };
    await until(() => one.ring.find('c') === c);
    expect([one.ring.active, one.ring.upcoming, one.ring.retiring]).toEqual([a, [], [c]]);
  });

  it('may bring the private half later', async () => {
    const { privateKey, publicKey: half } = PAIRS.ES256;
    const one = await following({ active: a, upcoming: [publicKey({ key: half, alg: 'ES256', kid: 'p' })] });
    expect(one.ring.upcoming[0].canSign).toBe(false);
    one.provided.set = { active: a, upcoming: [keyPair({ privateKey, alg: 'ES256', kid: 'p' })] };
    await until(() => one.ring.upcoming[0].canSign);
    const whole = one.ring.find('p');
    await askedAgain(one, 2);
    expect(one.ring.find('p')).toBe(whole);
  });

  it('leaves everything as it is when it fails, and is asked again', async () => {
    const one = await following({ active: a, upcoming: [b] });
    one.provided.fails = true;
    await until(() => one.problems.length >= 2);
    expect(one.problems[0]).toMatchObject({ message: 'the provider of keys failed', cause: expect.any(Error) });
    expect([one.ring.active.kid, kids(one.ring.upcoming)]).toEqual(['a', ['b']]);
    one.provided.fails = false;
    one.provided.set = { active: b };
    await until(() => one.ring.active.kid === 'b');
  });

  it.each<[string, KeySet, string]>([
    ['another key under a known name', { active: a, upcoming: [key('b')] }, 'two keys with the same `kid`'],
    ['one name for two keys', { active: a, upcoming: [c, key('c')] }, 'two keys with the same `kid`'],
    ['no key', { active: undefined as never }, 'something that is not a key'],
    ['nothing', undefined as never, 'something that is not a key'],
  ])('is not followed to %s', async (_case, set, expected) => {
    const one = await following({ active: a, upcoming: [b] });
    one.provided.set = set;
    await until(() => one.problems.length > 0);
    expect(one.problems[0].message).toContain(expected);
    expect([one.ring.active, one.ring.upcoming, one.ring.retiring]).toEqual([a, [b], []]);
  });

  it('is the only one that rotates', async () => {
    const { ring } = await following({ active: a, upcoming: [b] });
    for (const act of [() => ring.rotate(), () => ring.announce(c), () => ring.retire('a')]) {
      expect(message(act)).toContain('is not for keys that a provider names');
    }
  });

  it('cannot bring back what is distrusted', async () => {
    const one = await following({ active: a, upcoming: [b], retiring: [c] });
    one.ring.distrust('c');
    await askedAgain(one, 2);
    expect([one.ring.find('c'), one.problems]).toEqual([undefined, []]);
    one.ring.distrust('a');
    expect(one.ring.active.kid).toBe('b');
    await until(() => one.problems.length > 0);
    expect(one.problems[0].message).toContain('have an active one that is distrusted');
    expect([one.ring.active.kid, one.ring.find('a')]).toEqual(['b', undefined]);
  });

  it('is asked no more once the last app on the ring has closed', async () => {
    const one = await following({ active: a });
    await one.ring.open(() => {});
    await one.ring.close();
    await askedAgain(one, 1);
    await one.ring.close();
    const { asked: before } = one.provided;
    await delay(250);
    expect(one.provided.asked).toBe(before);
    await one.ring.open(() => {});
  });
});

describe('the keys of an app', () => {
  it('are closed once, and only if they were opened, because another app may use them, too', async () => {
    let fails = true;
    let asked = 0;
    const only = key('a');
    const ring = keyRing(
      () => {
        asked += 1;
        if (fails) throw new Error('the vault is sealed');
        return { active: only };
      },
      { every: '100ms', notice: '100ms' },
    );
    const sources = (): KeySources =>
      new KeySources([{ source: ring, life: { endOf: (issuedAt) => issuedAt.getTime(), leeway: 0 } }]);
    const [failed, one, other] = [sources(), sources(), sources()];
    await expect(failed.open(() => {})).rejects.toThrow('the provider of keys failed');
    await failed.close();
    fails = false;
    await one.open(() => {});
    await other.open(() => {});
    await one.close();
    await one.close();
    const before = asked;
    await until(() => asked > before + 1);
    await other.close();
    await delay(20);
    const last = asked;
    await delay(250);
    expect(asked).toBe(last);
  });
});
