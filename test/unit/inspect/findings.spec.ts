import { type JwtPolicyOptions, keyPair, keyRing, publicKey, remoteJwks, secretKey } from 'nestjs-jwt-policy';
import { findingsOf } from '../../../libs/jwt-policy/src/inspect/findings.js';
import { Policy } from '../../../libs/jwt-policy/src/inspect/policy.js';
import type { InspectedRoute } from '../../../libs/jwt-policy/src/inspect/routes.js';
import { checkOptions } from '../../../libs/jwt-policy/src/jwt-policy.options.js';
import { PAIRS, pem } from '../../support/key-pairs.js';
import { AUDIENCE, ISSUER, SECRET } from '../../support/tokens.js';

const pair = (kid: string) => keyPair({ privateKey: PAIRS.ES256.privateKey, alg: 'ES256', kid });
const TYPED = secretKey('this is my secret key, which nobody will ever guess, because it is long', { kid: 'typed' });
const revocations = { add: async () => {}, find: () => ({ revoked: false }) };
const NEVER = (): Date => {
  throw new Error('asked');
};
const load = async () => ({ permissions: [] });

/** Nothing could be better. */
const GOOD: JwtPolicyOptions = {
  issuer: ISSUER,
  audience: AUDIENCE,
  keys: keyRing({
    active: pair('now'),
    upcoming: [keyPair({ privateKey: PAIRS.RS256.privateKey, alg: 'RS256', kid: 'next' })],
  }),
  verify: { maxLifetime: '15m' },
  identify: { revocations },
};

const SHOW: InspectedRoute = { name: 'GET BasketController.show', isDeclared: true, readsToken: true };
const FORGOTTEN: InspectedRoute = { name: 'GET BasketController.forgotten', isDeclared: false, readsToken: false };

const findings = (options: Partial<JwtPolicyOptions>, routes = [SHOW]) =>
  findingsOf(new Policy(checkOptions({ ...GOOD, ...options }), routes));
const codes = (options: Partial<JwtPolicyOptions>, routes = [SHOW]): string[] =>
  findings(options, routes).map(({ grade, code, option }) => `${grade} ${code} ${option}`);

describe('the doctor', () => {
  it('finds nothing in a policy in which nothing could be better', () => {
    expect(codes({})).toEqual([]);
  });

  it.each<[string, Partial<JwtPolicyOptions>, string]>([
    [
      'a secret that reads like words',
      { keys: keyRing({ active: TYPED, upcoming: [pair('next')] }) },
      'weak WEAK_SECRET keys',
    ],
    [
      'such a secret that still verifies',
      { keys: keyRing({ active: pair('new'), upcoming: [pair('next')], retiring: [TYPED] }) },
      'weak WEAK_SECRET keys',
    ],
    [
      'a secret that several APIs have',
      { keys: keyRing({ active: secretKey(SECRET), upcoming: [pair('next')] }), audience: [AUDIENCE, 'admin-api'] },
      'weak SHARED_HMAC keys',
    ],
    [
      'a secret of another issuer',
      { verify: { ...GOOD.verify, issuers: [{ issuer: 'https://other.example', keys: secretKey(SECRET) }] } },
      'weak SHARED_HMAC verify.issuers',
    ],
    ['a single key', { keys: pair('only') }, 'advice NO_ROTATION keys'],
    [
      'nothing to follow the key that signs',
      { keys: keyRing({ active: pair('new'), retiring: [pair('old')] }) },
      'advice NO_ROTATION keys',
    ],
    [
      'permissions that are believed for more than a day',
      { issue: { lifetime: '25h' }, verify: { maxLifetime: '25h' } },
      'weak LONG_LIFETIME issue.lifetime',
    ],
    [
      'a token that is good for more than an hour',
      { issue: { lifetime: '61m' }, verify: { maxLifetime: '61m' }, identify: { ...GOOD.identify, load } },
      'advice LONG_LIFETIME issue.lifetime',
    ],
    [
      'permissions that were loaded more than an hour ago',
      { identify: { ...GOOD.identify, load, freshness: { maxStale: '61m' } } },
      'advice LONG_STALENESS identify.freshness',
    ],
    ['a leeway of more than a minute', { verify: { ...GOOD.verify, leeway: '61s' } }, 'weak LONG_LEEWAY verify.leeway'],
    ['tokens that may live for ever', { verify: {} }, 'advice NO_MAX_LIFETIME verify.maxLifetime'],
    ['tokens of any type', { verify: { ...GOOD.verify, type: 'jwt' } }, 'advice OTHER_TOKEN_TYPE verify.type'],
    [
      'tokens of any type of another issuer',
      {
        verify: {
          ...GOOD.verify,
          issuers: [
            {
              issuer: 'https://other.example',
              type: 'jwt',
              keys: publicKey({ key: PAIRS.ES256.publicKey, alg: 'ES256' }),
            },
          ],
        },
      },
      'advice OTHER_TOKEN_TYPE verify.issuers',
    ],
    ['revocations in memory', { identify: {} }, 'advice MEMORY_REVOCATIONS identify.revocations'],
    ['an app that is open by default', { decide: { undeclared: 'allow' } }, 'weak OPEN_BY_DEFAULT decide.undeclared'],
    ['a guard that can be forgotten', { guard: 'manual' }, 'advice MANUAL_GUARD guard'],
  ])('finds %s', (_what, options, expected) => {
    expect(codes(options)).toEqual([expected]);
  });

  it.each<[string, Partial<JwtPolicyOptions>]>([
    ['a leeway of a minute', { verify: { ...GOOD.verify, leeway: '60s' } }],
    ['a lifetime of a day', { issue: { lifetime: '24h' }, verify: { maxLifetime: '24h' } }],
    [
      'a lifetime of an hour, and staleness of one',
      {
        issue: { lifetime: '1h' },
        verify: { maxLifetime: '1h' },
        identify: { ...GOOD.identify, load, freshness: { maxStale: '1h' } },
      },
    ],
    ['keys that are fetched', { keys: remoteJwks('https://login.example/jwks', { algorithms: ['ES256'] }) }],
  ])('leaves %s alone', (_what, options) => {
    expect(codes(options, [{ ...SHOW, readsToken: false }])).toEqual([]);
  });

  it('names the routes that believe a token for more than a day', () => {
    const options = {
      issue: { lifetime: '8d' },
      verify: { maxLifetime: '9d' },
      identify: { ...GOOD.identify, load },
    } as const;
    const [finding] = findings(options, [SHOW, { ...SHOW, name: 'GET BasketController.other', readsToken: false }]);
    expect(finding).toMatchObject({ code: 'LONG_LIFETIME', grade: 'weak' });
    expect(finding.problem).toMatch(/8 days.* by GET BasketController\.show all/);
  });

  it('says of both the secret of another issuer and the words in it', () => {
    const issuers = [{ issuer: 'https://other.example', keys: TYPED }];
    expect(codes({ verify: { ...GOOD.verify, issuers } })).toEqual([
      'weak SHARED_HMAC verify.issuers',
      'weak WEAK_SECRET verify.issuers',
    ]);
  });

  it.each([
    ['deny', 'refuse everybody', ['advice UNDECLARED_ROUTES decide.undeclared']],
    ['authenticated', 'let in whoever has a token', ['advice UNDECLARED_ROUTES decide.undeclared']],
    ['allow', 'are open', ['weak OPEN_BY_DEFAULT decide.undeclared', 'weak UNDECLARED_ROUTES decide.undeclared']],
  ] as const)('names routes that declare nothing, which with %s %s', (undeclared, effect, expected) => {
    const found = findings({ decide: { undeclared } }, [SHOW, FORGOTTEN]);
    expect(found.map(({ grade, code, option }) => `${grade} ${code} ${option}`)).toEqual(expected);
    expect(found.at(-1)?.problem).toContain(effect);
    expect(found.at(-1)?.problem).toMatch(/: GET BasketController\.forgotten$/);
  });

  it('knows nothing of the routes of a guard that is put up by hand', () => {
    expect(codes({ guard: 'manual' }, [FORGOTTEN])).toEqual(['advice MANUAL_GUARD guard']);
  });

  it('puts the weak first, and says of each what to do', () => {
    const found = findings({ keys: TYPED, verify: { leeway: '2m' }, identify: {} });
    expect(found.map(({ grade }) => grade)).toEqual(['weak', 'weak', 'advice', 'advice', 'advice']);
    expect(found.every(({ fix }) => fix !== '')).toBe(true);
    expect(found[0].fix).toContain('npx nestjs-jwt-policy keys new --alg HS512');
  });

  it('shows nothing by which a secret could be guessed', () => {
    const unnamed = secretKey('this is my secret key, which nobody will ever guess, because it is long');
    const text = JSON.stringify(findings({ keys: unnamed, audience: ['a', 'b'] }));
    expect(text).toContain('WEAK_SECRET');
    expect(text).not.toContain('nobody will ever guess');
    expect(text).not.toContain(unnamed.kid);
  });

  it('does not ask a policy that issues nothing how long its tokens live', () => {
    const keys = publicKey({ key: pem(PAIRS.ES256.publicKey), alg: 'ES256' });
    expect(codes({ keys, issue: { lifetime: NEVER } })).toEqual(['advice NO_ROTATION keys']);
  });
});
