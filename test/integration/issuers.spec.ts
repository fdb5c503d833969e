import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import {
  discoveredJwks,
  JwtPolicyModule,
  type JwtPolicyOptions,
  keyPair,
  keyRing,
  publicKey,
  remoteJwks,
  secretKey,
  type TrustedIssuer,
} from 'nestjs-jwt-policy';
import { GuardedShop } from '../support/guarded-shop.js';
import { PAIRS, tokenSignedBy } from '../support/key-pairs.js';
import { boot, mistake } from '../support/mistakes.js';
import { PLATFORMS } from '../support/platforms.js';
import { refusal } from '../support/refusals.js';
import { AUDIENCE, ISSUER, SECRET, seconds, token as ownToken } from '../support/tokens.js';

const STAFF = 'https://staff.example';
const PARTNER = 'https://partner.example';

/** Tokens of the staff's identity provider: another algorithm, type, audience and other names of claims. */
const staffToken = (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}): string =>
  tokenSignedBy(
    'RS256',
    PAIRS.RS256.privateKey,
    { typ: 'JWT', kid: 'staff-1', ...header },
    {
      iss: STAFF,
      aud: ['staff-api', 'other'],
      jti: undefined,
      uti: 'u-1',
      permissions: undefined,
      user_name: undefined,
      scope: 'view  edit',
      name: 'Joe of the staff',
      ...claims,
    },
  );
const partnerToken = (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}): string =>
  tokenSignedBy(
    'ES256',
    PAIRS.ES256.privateKey,
    { kid: 'shared', ...header },
    {
      iss: PARTNER,
      permissions: undefined,
      realm_access: { roles: ['view'] },
      ...claims,
    },
  );

const STAFF_ISSUER: TrustedIssuer = {
  issuer: STAFF,
  audience: 'staff-api',
  keys: publicKey({ key: PAIRS.RS256.publicKey, alg: 'RS256', kid: 'staff-1' }),
  type: 'JWT',
  claims: { id: 'uti', name: 'name', permissions: 'scope' },
};
const PARTNER_ISSUER: TrustedIssuer = {
  issuer: PARTNER,
  keys: keyRing({
    active: publicKey({ key: PAIRS.ES256.publicKey, alg: 'ES256', kid: 'shared' }),
    retiring: [publicKey({ key: PAIRS.ES384.publicKey, alg: 'ES384', kid: 'old' })],
  }),
  claims: { permissions: ({ realm_access: access }) => (access as { roles: string[] }).roles },
  subjectPrefix: 'partner:',
};
const OPTIONS: Partial<JwtPolicyOptions> = { verify: { issuers: [STAFF_ISSUER, PARTNER_ISSUER] } };

describe.each(PLATFORMS)('several issuers side by side on %s', (_name, adapter) => {
  let shop: GuardedShop;
  beforeAll(async () => {
    shop = await GuardedShop.open(adapter, OPTIONS);
  });
  afterAll(() => shop.close());

  const basketOf = (text: string): Promise<unknown> => shop.get('/basket', `Bearer ${text}`);

  it('open the same route, each by its own words', async () => {
    expect(await basketOf(ownToken())).toMatchObject({ status: 200, body: { id: '42', permissions: ['view'] } });
    expect(await basketOf(staffToken())).toMatchObject({
      status: 200,
      body: { id: `${STAFF}|42`, permissions: ['view', 'edit'] },
    });
    expect(await basketOf(partnerToken())).toMatchObject({
      status: 200,
      body: { id: 'partner:42', permissions: ['view'] },
    });
  });

  it('go on side by side when their tokens are known', async () => {
    const texts = [ownToken(), staffToken(), partnerToken()];
    for (let round = 0; round < 3; round += 1) {
      const answers = await Promise.all(texts.map((text) => shop.get('/me', `Bearer ${text}`)));
      expect(answers.map(({ body }) => (body as { id: string }).id)).toEqual(['42', `${STAFF}|42`, 'partner:42']);
    }
  });

  it('are told by name and id of their own', async () => {
    const verified = await shop.tokens.verify(staffToken());
    expect(verified).toMatchObject({ id: `${STAFF}|u-1`, subject: `${STAFF}|42`, name: 'Joe of the staff' });
    expect(verified.claims).toMatchObject({ sub: '42', scope: 'view  edit', iss: STAFF });
  });

  it('are not the same person for the same number: a log-out of one is none of the other', async () => {
    const [own, staff] = [ownToken({ sub: '77' }), staffToken({ sub: '77', uti: 'u-77' })];
    await shop.tokens.revokeAll('77');
    expect(await basketOf(own)).toMatchObject(refusal('ERR_TOKEN_REVOKED'));
    expect(await basketOf(staff)).toMatchObject({ status: 200 });
    await shop.tokens.revokeAll(`${STAFF}|77`);
    expect(await basketOf(staff)).toMatchObject(refusal('ERR_TOKEN_REVOKED'));
  });

  it('have each token revoked by the id that it has', async () => {
    const text = staffToken({ uti: 'u-2' });
    expect(await basketOf(text)).toMatchObject({ status: 200 });
    await shop.tokens.revoke(text);
    expect(await basketOf(text)).toMatchObject(refusal('ERR_TOKEN_REVOKED'));
    expect(await basketOf(staffToken({ uti: 'u-3' }))).toMatchObject({ status: 200 });
  });

  it('do not have a token of one revoked by that of another with the same id', async () => {
    const [staff, partner, own] = [
      staffToken({ uti: '1001' }),
      partnerToken({ jti: '1001' }),
      ownToken({ jti: '1001' }),
    ];
    await shop.tokens.revoke(staff);
    expect(await basketOf(staff)).toMatchObject(refusal('ERR_TOKEN_REVOKED'));
    expect(await basketOf(partner)).toMatchObject({ status: 200 });
    expect(await basketOf(own)).toMatchObject({ status: 200 });
  });

  it.each<[string, () => string]>([
    ['of nobody we know', () => partnerToken({ iss: 'https://evil.example' })],
    ['without an issuer', () => partnerToken({ iss: undefined })],
    ['with a list of issuers', () => partnerToken({ iss: [PARTNER] })],
    ['with a bigger issuer', () => partnerToken({ iss: `${PARTNER}/` })],
    ['by the key of another issuer', () => partnerToken({ iss: STAFF, aud: 'staff-api' })],
    ['by the key of another issuer under its kid', () => partnerToken({ iss: STAFF }, { kid: 'staff-1', typ: 'JWT' })],
    ['by the key of another issuer in our name', () => partnerToken({ iss: ISSUER })],
    ['by our key in the name of another', () => ownToken({ iss: PARTNER })],
    ['by our key in the name of another under its kid', () => ownToken({ iss: PARTNER }, { kid: 'shared' })],
    ['by its public key as a secret', () => partnerToken({}, { alg: 'HS256' })],
    ['for the audience of another issuer', () => partnerToken({ aud: 'staff-api' })],
    ['for our audience, which is not the one of its issuer', () => staffToken({ aud: AUDIENCE })],
    ['of the type of another issuer', () => partnerToken({}, { typ: 'JWT' })],
    ['of our type, which is not the one of its issuer', () => staffToken({}, { typ: 'at+jwt' })],
    ['by a key that its issuer does not have', () => partnerToken({}, { kid: 'unknown' })],
    ['without a kid', () => partnerToken({}, { kid: undefined })],
    ['without the claim that identifies it', () => staffToken({ uti: undefined, jti: 'u-1' })],
    ['with a name that is no text', () => staffToken({ name: { first: 'Joe' } })],
    ['with a scope that is no text and no list', () => staffToken({ scope: 7 })],
    ['with a scope that is a list of numbers', () => staffToken({ scope: [7] })],
    ['whose permissions are not where they were expected', () => partnerToken({ realm_access: undefined })],
    ['whose permissions are something else', () => partnerToken({ realm_access: { roles: 'view' } })],
    ['with an id that leaves no room for the issuer', () => partnerToken({ jti: 'j'.repeat(250) })],
    ['with a subject that leaves no room for the prefix', () => staffToken({ sub: 's'.repeat(250) })],
  ])('refuse a token %s', async (_case, make) => {
    expect(await basketOf(make())).toMatchObject(refusal('ERR_TOKEN_INVALID'));
  });

  it('refuse what has ended, whoever issued it', async () => {
    for (const text of [staffToken({ exp: seconds(-1) }), partnerToken({ exp: seconds(-1) })]) {
      expect(await basketOf(text)).toMatchObject(refusal('ERR_TOKEN_EXPIRED'));
    }
  });

  it('grant nothing where the mapped claim is absent, and read no letters as permissions', async () => {
    expect(await basketOf(staffToken({ scope: undefined }))).toMatchObject(refusal('ERR_PERMISSION_MISSING', 'view'));
    expect(await basketOf(staffToken({ scope: 'viewer' }))).toMatchObject(refusal('ERR_PERMISSION_MISSING', 'view'));
    expect(await basketOf(staffToken({ scope: 'view\tedit' }))).toMatchObject(
      refusal('ERR_PERMISSION_MISSING', 'view'),
    );
    expect(await basketOf(staffToken({ scope: ['view'] }))).toMatchObject({ status: 200 });
    expect(await basketOf(ownToken({ permissions: 'view' }))).toMatchObject(refusal('ERR_TOKEN_INVALID'));
  });

  it('take a subject that just leaves room for the prefix', async () => {
    const sub = 's'.repeat(256 - 'partner:'.length);
    expect(await basketOf(partnerToken({ sub }))).toMatchObject({ status: 200, body: { id: `partner:${sub}` } });
    expect(await basketOf(partnerToken({ sub: `${sub}s` }))).toMatchObject(refusal('ERR_TOKEN_INVALID'));
  });
});

describe('an issuer that is not ours', () => {
  it('names the same people when it is told so', async () => {
    const issuers = [{ ...PARTNER_ISSUER, subjectPrefix: '' }];
    const shop = await GuardedShop.open(PLATFORMS[0][1], { verify: { issuers } });
    expect(await shop.get('/me', `Bearer ${partnerToken()}`)).toMatchObject({ status: 200, body: { id: '42' } });
    await shop.close();
  });

  it('is asked once where its permissions are, and what is found there is not changed by asking', async () => {
    let calls = 0;
    const permissions = (claims: Readonly<Record<string, unknown>>): string[] => {
      calls += 1;
      return (claims.roles as string[]).splice(0);
    };
    const issuers = [{ ...PARTNER_ISSUER, claims: { permissions } }];
    const shop = await GuardedShop.open(PLATFORMS[0][1], { verify: { issuers } });
    // It tries to take them out of what all requests share.
    const answer = await shop.get('/basket', `Bearer ${partnerToken({ roles: ['view'] })}`);
    expect(answer).toMatchObject(refusal('ERR_TOKEN_INVALID'));
    expect(calls).toBe(1);
    await shop.close();
  });

  it('that is slow or down keeps nobody else waiting', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/jwks`;
    const keys = remoteJwks(url, { algorithms: ['ES256'], timeout: '200ms', cooldown: '1h' });
    const shop = await GuardedShop.open(PLATFORMS[0][1], { verify: { issuers: [{ ...PARTNER_ISSUER, keys }] } });
    expect(await shop.get('/basket', `Bearer ${ownToken()}`)).toMatchObject({ status: 200 });
    expect(await shop.get('/basket', `Bearer ${partnerToken()}`)).toMatchObject(refusal('ERR_POLICY_UNAVAILABLE'));
    await expect(shop.tokens.verify(partnerToken())).rejects.toMatchObject({ code: 'ERR_POLICY_UNAVAILABLE' });
    await shop.close();
    silent.closeAllConnections();
    silent.close();
  });

  it('may be the only one, whose tokens we do not issue', async () => {
    const shop = await GuardedShop.open(PLATFORMS[0][1], {
      issuer: PARTNER,
      keys: publicKey({ key: PAIRS.ES256.publicKey, alg: 'ES256', kid: 'shared' }),
      verify: { claims: { permissions: 'groups' } },
    });
    const text = partnerToken({ groups: ['view'] });
    expect(await shop.get('/basket', `Bearer ${text}`)).toMatchObject({ status: 200, body: { id: '42' } });
    await expect(shop.tokens.issue({ id: 1 })).rejects.toThrow('those of another issuer');
    await shop.close();
  });
});

const start = (issuers: unknown): Promise<void> =>
  boot({
    imports: [
      JwtPolicyModule.forRoot({
        issuer: ISSUER,
        audience: AUDIENCE,
        keys: secretKey(SECRET),
        verify: { issuers: issuers as TrustedIssuer[] },
      }),
    ],
  });

describe('the list of issuers', () => {
  const keys = keyPair({ privateKey: PAIRS.ES256.privateKey, alg: 'ES256' });

  it.each<[string, unknown, string, RegExp]>([
    ['no list', { issuer: PARTNER, keys }, 'verify.issuers', /not a list/],
    ['null', null, 'verify.issuers', /not a list/],
    ['something that is no issuer', ['https://x'], 'verify.issuers[0]', /not an object/],
    ['an unknown option', [{ issuer: PARTNER, keys, leeway: '1m' }], 'verify.issuers[0].leeway', /not an option/],
    ['no issuer', [{ keys }], 'verify.issuers[0].issuer', /not a non-empty text/],
    ['a pattern', [{ issuer: /https:/, keys }], 'verify.issuers[0].issuer', /not a non-empty text/],
    ['our own issuer', [{ issuer: ISSUER, keys }], 'verify.issuers', /twice/],
    [
      'one issuer twice',
      [
        { issuer: PARTNER, keys },
        { issuer: PARTNER, keys },
      ],
      'verify.issuers',
      /twice/,
    ],
    ['no keys', [{ issuer: PARTNER }], 'verify.issuers[0].keys', /holds no key/],
    [
      'keys that are discovered elsewhere',
      [{ issuer: PARTNER, keys: discoveredJwks(STAFF, { algorithms: ['ES256'] }) }],
      'verify.issuers[0].keys',
      /are discovered from https:\/\/staff/,
    ],
    ['an address for keys', [{ issuer: PARTNER, keys: PARTNER }], 'verify.issuers[0].keys', /holds no key/],
    ['an empty audience', [{ issuer: PARTNER, keys, audience: [] }], 'verify.issuers[0].audience', /empty/],
    ['no media type', [{ issuer: PARTNER, keys, type: 'at jwt' }], 'verify.issuers[0].type', /media type/],
    ['an unknown claim', [{ issuer: PARTNER, keys, claims: { sub: 'x' } }], 'verify.issuers[0].claims.sub', /option/],
    ['no claims', [{ issuer: PARTNER, keys, claims: null }], 'verify.issuers[0].claims', /not an object/],
    [
      'an id from a function',
      [{ issuer: PARTNER, keys, claims: { id: () => 'x' } }],
      'verify.issuers[0].claims.id',
      /name of a claim/,
    ],
    [
      'permissions from a number',
      [{ issuer: PARTNER, keys, claims: { permissions: 7 } }],
      'verify.issuers[0].claims.permissions',
      /name of a claim/,
    ],
    ['a number as prefix', [{ issuer: PARTNER, keys, subjectPrefix: 7 }], 'verify.issuers[0].subjectPrefix', /128/],
    [
      'a long prefix',
      [{ issuer: PARTNER, keys, subjectPrefix: 'p'.repeat(129) }],
      'verify.issuers[0].subjectPrefix',
      /128/,
    ],
  ])('is refused with %s', async (_case, issuers, option, problem) => {
    await expect(start(issuers)).rejects.toMatchObject(mistake(option, problem));
  });
});
