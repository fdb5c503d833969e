import { setTimeout as delay } from 'node:timers/promises';
import { InvalidToken, type IdentityLoader, PolicyUnavailable } from 'nestjs-jwt-policy';
import { FROM_TOKEN } from '../../../libs/jwt-policy/src/identify/freshness.js';
import { resolverFor } from '../../support/revocations.js';
import { verifiedToken } from '../../support/verified-tokens.js';

const LIVE = 0;
const token = verifiedToken();
const live = async (load?: IdentityLoader): Promise<unknown> => resolverFor(load).resolve(token, LIVE);

describe('an identity', () => {
  it('comes from the token without a promise', () => {
    const load = jest.fn<Promise<null>, []>();
    expect(resolverFor(load).resolve(token, FROM_TOKEN)).toEqual({
      id: '42',
      name: 'joe',
      permissions: new Set(['view']),
      token,
      user: undefined,
    });
    expect(load).not.toHaveBeenCalled();
  });

  it('comes from the loader alone when it is live', async () => {
    const row = { anything: 1 };
    const load: IdentityLoader = async (subject, verified) => ({
      permissions: [subject, verified.id],
      name: 'Joe',
      user: row,
    });
    expect(await live(load)).toEqual({
      id: '42',
      name: 'Joe',
      permissions: new Set(['42', token.id]),
      token,
      user: row,
    });
    expect(await live(async () => ({ permissions: [] }))).toMatchObject({ name: 'joe', permissions: new Set() });
  });

  it.each([
    ['null', async () => null],
    ['undefined', async () => undefined as never],
    ['a disabled one', async () => ({ permissions: ['view'], disabled: true })],
    ['one that is disabled in the manner of a column', async () => ({ permissions: ['view'], disabled: 1 as never })],
  ])('is refused as unknown when the loader returns %s', async (_case, load) => {
    await expect(live(load)).rejects.toMatchObject({ constructor: InvalidToken, code: 'ERR_SUBJECT_UNKNOWN' });
  });

  it.each<[string, IdentityLoader | undefined]>([
    ['is missing', undefined],
    ['rejects', async () => Promise.reject(new Error('down'))],
    [
      'throws',
      () => {
        throw new Error('down');
      },
    ],
    [
      'throws what claims to be ours',
      async () => {
        throw new InvalidToken('ERR_TOKEN_EXPIRED', 'x');
      },
    ],
    ['never answers', () => new Promise(() => undefined)],
    ['answers too late', () => delay(300, { permissions: ['view'] })],
    ['fails too late', () => delay(300).then(() => Promise.reject(new Error('late')))],
    ['returns a text', async () => 'joe' as never],
    ['returns no permissions', async () => ({}) as never],
    ['returns a permission that is not in a list', async () => ({ permissions: 'view' }) as never],
    ['returns permissions that are not texts', async () => ({ permissions: [1] }) as never],
  ])('is not known when the loader %s', async (_case, load) => {
    await expect(live(load)).rejects.toBeInstanceOf(PolicyUnavailable);
  });

  it('is told from one that a loader is late with by the reason', async () => {
    await expect(live(() => new Promise(() => undefined))).rejects.toMatchObject({
      reason: 'the identity loader failed',
      cause: { message: expect.stringContaining('identify.timeout') as unknown },
    });
  });

  it('waits for a loader that answers just in time', async () => {
    await expect(live(() => delay(100, { permissions: [] }))).resolves.toMatchObject({ id: '42' });
  });

  it.each([FROM_TOKEN, LIVE, 1000])('has permissions that nobody can change (staleness %d)', async (staleness) => {
    const resolver = resolverFor(async () => ({ permissions: ['view'] }));
    const { permissions } = await resolver.resolve(token, staleness);
    const changeable = permissions as Set<string>;
    expect(() => changeable.add('admin')).toThrow(TypeError);
    expect(() => changeable.delete('view')).toThrow(TypeError);
    expect(() => changeable.clear()).toThrow(TypeError);
    expect(() => Object.assign(permissions, { has: () => true })).toThrow(TypeError);
    expect([...permissions]).toEqual(['view']);
    expect(permissions).toEqual(new Set(['view']));
    expect((await resolver.resolve(token, staleness)).permissions.has('admin')).toBe(false);
  });
});
