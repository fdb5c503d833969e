import { setTimeout as delay } from 'node:timers/promises';
import { type IdentityLoader, type LoadedIdentity, PolicyUnavailable } from 'nestjs-jwt-policy';
import { BoundedLoader } from '../../../libs/jwt-policy/src/identify/bounded-loader.js';
import { RememberedLoads } from '../../../libs/jwt-policy/src/identify/remembered-loads.js';
import { seconds } from '../../support/tokens.js';
import { verifiedToken } from '../../support/verified-tokens.js';

const HOUR = 3_600_000;

const tokenOf = verifiedToken;

/** Loads that are counted, and numbered by their permission. */
function counted(load: IdentityLoader = async () => ({ permissions: [] }), most?: number) {
  const counter = { loads: 0, find: undefined as unknown as RememberedLoads['find'] };
  const remembered = new RememberedLoads(
    new BoundedLoader(async (subject, token) => {
      counter.loads += 1;
      const number = String(counter.loads);
      const loaded = await load(subject, token);
      return loaded && { ...loaded, permissions: [number] };
    }, 500),
    most,
  );
  counter.find = remembered.find.bind(remembered);
  return counter;
}

const numberOf = async (found: ReturnType<RememberedLoads['find']>): Promise<string | undefined> => {
  const loaded = await found;
  return loaded.nobody === undefined ? [...loaded.permissions][0] : undefined;
};

describe('a remembered load', () => {
  it('is made once for a thousand who ask at the same time, whichever of their tokens they bring', async () => {
    const counter = counted(() => delay(50, { permissions: [] }));
    const found = await Promise.all(
      Array.from({ length: 1_000 }, (_, index) =>
        numberOf(counter.find(tokenOf({ iat: seconds(-index), exp: seconds(index + 60) }), HOUR, undefined)),
      ),
    );
    expect(new Set(found)).toEqual(new Set(['1']));
    expect(counter.loads).toBe(1);
  });

  it('is handed out without a promise once it is there', async () => {
    const counter = counted();
    const first = await counter.find(tokenOf(), HOUR, undefined);
    const again = counter.find(tokenOf(), HOUR, undefined);
    expect(again).not.toBeInstanceOf(Promise);
    expect(again).toBe(first);
  });

  it('counts until it is too old for whoever asks, from the moment it was begun', async () => {
    const counter = counted(() => delay(60, { permissions: [] }));
    await counter.find(tokenOf(), HOUR, undefined);
    expect(await numberOf(counter.find(tokenOf(), HOUR, undefined))).toBe('1');
    expect(await numberOf(counter.find(tokenOf(), 50, undefined))).toBe('2');
    await delay(60);
    expect(await numberOf(counter.find(tokenOf(), 100, undefined))).toBe('3');
    expect(await numberOf(counter.find(tokenOf(), HOUR, undefined))).toBe('3');
  });

  it('is not waited for by whoever wants it fresher than it can become', async () => {
    const counter = counted(() => delay(100, { permissions: [] }));
    const slow = numberOf(counter.find(tokenOf(), 30, undefined));
    await delay(50);
    expect(await numberOf(counter.find(tokenOf(), 30, undefined))).toBe('2');
    expect(await slow).toBe('1');
  });

  it.each<[string, LoadedIdentity | null]>([
    ['unknown', null],
    ['disabled', { permissions: [], disabled: true }],
  ])('is remembered for a subject that is %s, too', async (reason, loaded) => {
    const counter = counted(async () => loaded);
    for (let request = 0; request < 100; request += 1) {
      expect(await counter.find(tokenOf(), HOUR, undefined)).toEqual({ nobody: `the subject is ${reason}` });
    }
    expect(counter.loads).toBe(1);
  });

  it('is not remembered when it fails, though those who waited share the failure', async () => {
    let down = true;
    const counter = counted(() =>
      down ? delay(20).then(() => Promise.reject(new Error('down'))) : delay(0, { permissions: [] }),
    );
    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, async () => counter.find(tokenOf(), HOUR, undefined)),
    );
    expect(outcomes.every((one) => one.status === 'rejected' && one.reason instanceof PolicyUnavailable)).toBe(true);
    expect(counter.loads).toBe(1);
    down = false;
    expect(await numberOf(counter.find(tokenOf(), HOUR, undefined))).toBe('2');
  });

  it('is given up when the loader hangs, and begun anew', async () => {
    const counter = counted(() => (counter.loads === 1 ? new Promise(() => undefined) : delay(0, { permissions: [] })));
    await expect(counter.find(tokenOf(), HOUR, undefined)).rejects.toBeInstanceOf(PolicyUnavailable);
    expect(await numberOf(counter.find(tokenOf(), HOUR, undefined))).toBe('2');
  });

  it('does not count for another version of the subject', async () => {
    const counter = counted();
    await counter.find(tokenOf(), HOUR, undefined);
    expect(await numberOf(counter.find(tokenOf(), HOUR, 'v1'))).toBe('2');
    expect(await numberOf(counter.find(tokenOf(), HOUR, 'v1'))).toBe('2');
    expect(await numberOf(counter.find(tokenOf(), HOUR, 'v2'))).toBe('3');
    expect(await numberOf(counter.find(tokenOf(), HOUR, undefined))).toBe('4');
  });

  it('is not shared with who asks after a change, while it is under way', async () => {
    const counter = counted(() => delay(50, { permissions: [] }));
    const before = numberOf(counter.find(tokenOf(), HOUR, undefined));
    const after = numberOf(counter.find(tokenOf(), HOUR, 'v1'));
    expect([await before, await after]).toEqual(['1', '2']);
    expect(await numberOf(counter.find(tokenOf(), HOUR, 'v1'))).toBe('2');
  });

  it('that fails does not take away the one that was begun after a change', async () => {
    const counter = counted(() =>
      counter.loads === 1 ? delay(50).then(() => Promise.reject(new Error('down'))) : delay(0, { permissions: [] }),
    );
    const before = counter.find(tokenOf(), HOUR, undefined);
    await counter.find(tokenOf(), HOUR, 'v1');
    await expect(before).rejects.toBeInstanceOf(PolicyUnavailable);
    expect(await numberOf(counter.find(tokenOf(), HOUR, 'v1'))).toBe('2');
    expect(counter.loads).toBe(2);
  });

  it.each([
    ['subject', { sub: '43' }],
    ['tenant', { tenant: 2 }],
    ['permissions', { permissions: ['view', 'edit'] }],
    ['name', { user_name: 'ann' }],
    ['audience', { aud: ['shop-api', 'other'] }],
  ])('is not shared by tokens of another %s, which a loader may look at', async (_case, claims) => {
    const counter = counted();
    expect(await numberOf(counter.find(tokenOf({ tenant: 1 }), HOUR, undefined))).toBe('1');
    expect(await numberOf(counter.find(tokenOf({ tenant: 1, ...claims }), HOUR, undefined))).toBe('2');
    expect(await numberOf(counter.find(tokenOf({ tenant: 1 }), HOUR, undefined))).toBe('1');
  });

  it('makes room for others: so many are remembered and no more', async () => {
    const counter = counted(undefined, 2);
    for (const sub of ['a', 'b', 'c']) await counter.find(tokenOf({ sub }), HOUR, undefined);
    expect(await numberOf(counter.find(tokenOf({ sub: 'b' }), HOUR, undefined))).toBe('2');
    expect(await numberOf(counter.find(tokenOf({ sub: 'c' }), HOUR, undefined))).toBe('3');
    expect(await numberOf(counter.find(tokenOf({ sub: 'a' }), HOUR, undefined))).toBe('4');
    expect(await numberOf(counter.find(tokenOf({ sub: 'b' }), HOUR, undefined))).toBe('5');
  });
});
