import { inspect } from 'node:util';
import { type Expiry, keyRing, publicKey, secretKey, untilHour } from 'nestjs-jwt-policy';
import { generateKeyPairSync } from 'node:crypto';
import { checkedLifetime } from '../../../libs/jwt-policy/src/issue/lifetime.js';
import { TokenIssuer } from '../../../libs/jwt-policy/src/issue/token-issuer.js';
import { cpuMilliseconds } from '../../support/cpu.js';
import { AUDIENCE, ISSUER, SECRET } from '../../support/tokens.js';

const rules = {
  issuer: ISSUER,
  audience: AUDIENCE,
  type: 'at+jwt',
  maxTokenBytes: 8192,
  expiry: checkedLifetime('15m', 'issue.lifetime'),
};
const issuer = new TokenIssuer(keyRing({ active: secretKey(SECRET, { kid: 'k1' }) }), rules);
const part = (token: string, index: number): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[index], 'base64url').toString()) as Record<string, unknown>;

describe('an issued token', () => {
  it('says on the wire what the contract says, and no more', () => {
    const before = Math.floor(Date.now() / 1000);
    const issued = issuer.issue({ id: 42, name: 'joe', permissions: ['view'], claims: { tenant: { id: 7 } } });
    expect(part(issued.token, 0)).toEqual({ alg: 'HS512', typ: 'at+jwt', kid: 'k1' });
    const { iat, exp, ...claims } = part(issued.token, 1);
    expect(claims).toEqual({
      iss: ISSUER,
      aud: AUDIENCE,
      sub: '42',
      jti: issued.id,
      permissions: ['view'],
      user_name: 'joe',
      tenant: { id: 7 },
    });
    expect(iat).toBeGreaterThanOrEqual(before);
    expect((exp as number) - (iat as number)).toBe(900);
    expect(issued.expiresAt).toEqual(new Date((exp as number) * 1000));
  });

  it('leaves out what is not given', () => {
    const { token } = issuer.issue({ id: 'a' });
    expect(part(token, 1)).not.toHaveProperty('permissions');
    expect(part(token, 1)).not.toHaveProperty('user_name');
  });

  it.each<[string | number | bigint, string]>([
    [999, '999'],
    [0, '0'],
    [-1, '-1'],
    [9_007_199_254_740_993n, '9007199254740993'],
    ['a'.repeat(256), 'a'.repeat(256)],
  ])('carries the id %p as a string', (id, sub) => {
    expect(part(issuer.issue({ id }).token, 1).sub).toBe(sub);
  });

  it.each([[''], ['a'.repeat(257)], [1.5], [Number.NaN], [2 ** 53], [null], [undefined], [{}]])(
    'is not made for the id %p',
    (id) => {
      expect(() => issuer.issue({ id: id as string })).toThrow('issue(): subject.id must be');
    },
  );

  it.each([
    [{ permissions: 'view' }, 'permissions has the wrong type'],
    [{ permissions: [1] }, 'permissions has the wrong type'],
    [{ permissions: null }, 'permissions has the wrong type'],
    [{ name: 7 }, 'user_name has the wrong type'],
    [{ claims: { exp: 1 } }, 'must not set "exp"'],
    [{ claims: { permissions: ['admin'] } }, 'must not set "permissions"'],
    [{ claims: { id: 1n } }, 'cannot be written as JSON'],
    [{ claims: [1] }, 'must be an object'],
    [{ claims: null }, 'must be an object'],
    [{ claims: JSON.parse('{"a":'.repeat(17) + '1' + '}'.repeat(17)) as object }, 'not deeper than 16 levels'],
    [{ claims: { text: 'a'.repeat(9000) } }, 'more than verify.maxTokenBytes (8192)'],
  ])('is not made with %j', (more, expected) => {
    expect(() => issuer.issue({ id: 'a', ...(more as object) })).toThrow(expected);
  });

  it('is not made with claims that JSON cannot hold', () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    expect(() => issuer.issue({ id: 'a', claims: circular })).toThrow(TypeError);
  });

  it('is made with claims whose names every object inherits', () => {
    const claims = JSON.parse(
      '{"constructor":1,"toString":"a","hasOwnProperty":true,"__proto__":{"admin":true}}',
    ) as object;
    const { token } = issuer.issue({ id: 'a', claims });
    expect(Object.keys(part(token, 1))).toEqual(expect.arrayContaining(['constructor', 'toString', '__proto__']));
    expect(({} as Record<string, unknown>).admin).toBeUndefined();
  });

  it.each<[string, object]>([
    ['a long name', { name: 'a'.repeat(10_000_000) }],
    ['a long claim', { claims: { deep: { text: 'a'.repeat(10_000_000) } } }],
    ['many permissions', { permissions: Array.from({ length: 1_000_000 }, String) }],
  ])('costs nearly nothing to refuse for %s', async (_case, more) => {
    const attempt = (): void => expect(() => issuer.issue({ id: 'a', ...more })).toThrow('verify.maxTokenBytes (8192)');
    expect(await cpuMilliseconds(attempt)).toBeLessThan(5);
  });

  it('is not made with permissions that have holes', () => {
    // oxlint-disable-next-line unicorn/no-new-array -- a sparse array is the point
    expect(() => issuer.issue({ id: 'a', permissions: new Array<string>(1) })).toThrow(
      'permissions has the wrong type',
    );
  });

  it.each<[string, Expiry]>([
    ['is no Date', () => 'tomorrow' as never],
    ['is no moment', () => new Date(Number.NaN)],
    ['is now', (issuedAt) => issuedAt],
    ['is past', () => new Date(0)],
  ])('is not made when its end %s', (_case, expiry) => {
    expect(() => issuer.issue({ id: 'a' }, { expiry })).toThrow('the lifetime ends before it begins');
  });

  it('is not made with a key that only verifies', () => {
    const { publicKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(() =>
      new TokenIssuer(keyRing({ active: publicKey({ key, alg: 'ES256' }) }), rules).issue({ id: 'a' }),
    ).toThrow('cannot sign');
  });

  it('does not show its text when it is logged', () => {
    const issued = issuer.issue({ id: 'a' });
    expect(inspect({ issued })).toContain(issued.id);
    expect(inspect({ issued })).not.toContain(issued.token);
    expect(Object.assign({}, issued)).toEqual({ token: issued.token, id: issued.id, expiresAt: issued.expiresAt });
  });
});

describe('a lifetime', () => {
  it.each([
    ['1s', 1000],
    ['1500ms', 1500],
    ['15m', 900_000],
    ['12h', 43_200_000],
    ['7d', 604_800_000],
    ['0.5h', 1_800_000],
  ])('of %s is %i ms', (text, ms) => {
    expect(checkedLifetime(text, 'x')(new Date(0)).getTime()).toBe(ms);
  });

  it.each([
    ['3600'],
    [3600],
    ['1 h'],
    ['1w'],
    ['-1h'],
    ['h'],
    [''],
    [null],
    ['1e3s'],
    ['Infinitys'],
    ['999ms'],
    ['0s'],
    ['3651d'],
    ['999999999999d'],
  ])('of %p is refused', (lifetime) => {
    expect(() => checkedLifetime(lifetime, 'issue.lifetime')).toThrow(
      /^issue\.lifetime (needs a duration with a unit|is not between a second and ten years)/,
    );
  });
});

const ends = (issuedAt: string, options: Parameters<typeof untilHour>[0]): string =>
  untilHour(options)(new Date(issuedAt)).toISOString();

it('may be any function of the moment of issue', () => {
  const expiry: Expiry = untilHour({ hour: 3, timeZone: 'UTC' });
  expect(checkedLifetime(expiry, 'issue.lifetime')).toBe(expiry);
});

describe('untilHour()', () => {
  const london = { hour: 3, afterDays: 7, timeZone: 'Europe/London' };

  it.each([
    ['in winter', '2026-01-05T12:00:00Z', london, '2026-01-13T03:00:00.000Z'],
    ['before the hour', '2026-01-05T02:59:59Z', london, '2026-01-12T03:00:00.000Z'],
    ['at the hour', '2026-01-05T03:00:00Z', london, '2026-01-12T03:00:00.000Z'],
    ['a millisecond after the hour', '2026-01-05T03:00:00.001Z', london, '2026-01-13T03:00:00.000Z'],
    ['into summer time', '2026-03-24T12:00:00Z', london, '2026-04-01T02:00:00.000Z'],
    ['out of summer time', '2026-10-20T12:00:00Z', london, '2026-10-28T03:00:00.000Z'],
    [
      'on the other side of the world',
      '2026-11-23T12:00:00Z',
      { ...london, timeZone: 'Pacific/Kiritimati' },
      '2026-11-30T13:00:00.000Z',
    ],
    [
      'to an hour that the day skips',
      '2026-03-07T12:00:00Z',
      { hour: 2, timeZone: 'America/New_York' },
      '2026-03-08T07:00:00.000Z',
    ],
    ['today', '2026-01-05T01:00:00Z', { hour: 3, timeZone: 'UTC' }, '2026-01-05T03:00:00.000Z'],
    ['never in no time', '2026-01-05T03:00:00Z', { hour: 3, timeZone: 'UTC' }, '2026-01-06T03:00:00.000Z'],
    ['to midnight', '2026-01-05T03:00:00Z', { hour: 0, timeZone: 'UTC' }, '2026-01-06T00:00:00.000Z'],
  ])('counts the days of the place: %s', (_case, issuedAt, options, expected) => {
    expect(ends(issuedAt, options)).toBe(expected);
  });

  it.each([
    [{ hour: 24, timeZone: 'UTC' }, 'untilHour({ hour }) is out of range'],
    [{ hour: -1, timeZone: 'UTC' }, 'untilHour({ hour }) is out of range'],
    [{ hour: 1.5, timeZone: 'UTC' }, 'untilHour({ hour }) is out of range'],
    [{ hour: '3', timeZone: 'UTC' }, 'untilHour({ hour }) is out of range'],
    [{ hour: 3, afterDays: -1, timeZone: 'UTC' }, 'untilHour({ afterDays }) is out of range'],
    [{ hour: 3, afterDays: 4000, timeZone: 'UTC' }, 'untilHour({ afterDays }) is out of range'],
    [{ hour: 3, timeZone: 'Mars/Olympus' }, 'untilHour({ timeZone }) is not a time zone'],
    [{ hour: 3, timeZone: '' }, 'untilHour({ timeZone }) is not a time zone'],
    [{ hour: 3 }, 'untilHour({ timeZone }) is not a time zone'],
  ])('refuses %j', (options, expected) => {
    expect(() => untilHour(options as never)).toThrow(expected);
  });
});
