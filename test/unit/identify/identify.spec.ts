import { InvalidToken, type IdentityLoader, PolicyUnavailable } from 'nestjs-jwt-policy';
import { Authenticator } from '../../../libs/jwt-policy/src/authenticator.js';
import { IdentityResolver } from '../../../libs/jwt-policy/src/identify/identity-resolver.js';
import { VerifiedToken } from '../../../libs/jwt-policy/src/verify/verified-token.js';
import { goodClaims } from '../../support/tokens.js';

const token = new VerifiedToken(goodClaims());
const live = async (load?: IdentityLoader): Promise<unknown> => new IdentityResolver(load).resolve(token, 'live');

describe('an identity', () => {
  it('comes from the token without a promise', () => {
    const load = jest.fn<Promise<null>, []>();
    expect(new IdentityResolver(load).resolve(token, 'token')).toEqual({
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
    ['returns a text', async () => 'joe' as never],
    ['returns no permissions', async () => ({}) as never],
    ['returns a permission that is not in a list', async () => ({ permissions: 'view' }) as never],
    ['returns permissions that are not texts', async () => ({ permissions: [1] }) as never],
  ])('is not known when the loader %s', async (_case, load) => {
    await expect(live(load)).rejects.toBeInstanceOf(PolicyUnavailable);
  });
});

describe('the authenticator', () => {
  it('answers once for a request, and asks again only for something fresher', async () => {
    let loads = 0;
    const resolver = new IdentityResolver(async () => ({ permissions: [String((loads += 1))] }));
    const authenticator = new Authenticator(() => ['text'], { verify: () => token } as never, resolver, 'token');
    const request = { rawHeaders: [] };
    const first = authenticator.authenticate(request);
    expect(authenticator.authenticate(request)).toBe(first);
    expect(loads).toBe(0);
    const fresh = await authenticator.authenticate(request, 'live');
    expect(await authenticator.authenticate(request, 'live')).toBe(fresh);
    expect(await authenticator.authenticate(request, 'token')).toBe(fresh);
    expect(loads).toBe(1);
    await authenticator.authenticate({ rawHeaders: [] }, 'live');
    expect(loads).toBe(2);
  });
});
