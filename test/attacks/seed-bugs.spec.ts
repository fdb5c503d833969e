/* oxlint-disable unicorn/consistent-function-scoping -- small helpers stand beside the claims that they serve */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { secretKey, untilHour } from 'nestjs-jwt-policy';
import { stopClock } from '../support/clock.js';
import { GuardedShop, OPTIONS } from '../support/guarded-shop.js';
import { mistake, mistakeOf } from '../support/mistakes.js';
import { PLATFORMS } from '../support/platforms.js';
import { refusal } from '../support/refusals.js';
import { serviceFor } from '../support/token-services.js';
import { seconds, token } from '../support/tokens.js';

type Night = [zone: string, hour: number, afterDays: number, issuedAt: string, ends: string];

/** Worked out by hand from the rules of each zone. */
const NIGHTS: Night[] = [
  ['UTC', 3, 7, '2026-01-01T02:59:59Z', '2026-01-08T03:00:00Z'],
  ['UTC', 3, 7, '2026-01-01T03:00:00Z', '2026-01-08T03:00:00Z'],
  ['UTC', 3, 7, '2026-01-01T03:00:01Z', '2026-01-09T03:00:00Z'],
  ['UTC', 3, 0, '2026-01-01T02:59:59Z', '2026-01-01T03:00:00Z'],
  ['UTC', 3, 0, '2026-01-01T03:00:00Z', '2026-01-02T03:00:00Z'],
  ['UTC', 0, 0, '2028-02-28T23:59:59Z', '2028-02-29T00:00:00Z'],
  ['Europe/London', 3, 7, '2026-03-23T09:00:00Z', '2026-03-31T02:00:00Z'],
  ['Europe/London', 3, 7, '2026-03-22T02:00:00Z', '2026-03-29T02:00:00Z'],
  ['Europe/London', 3, 7, '2026-10-20T09:00:00Z', '2026-10-28T03:00:00Z'],
  ['Europe/London', 3, 7, '2026-10-18T01:30:00Z', '2026-10-25T03:00:00Z'],
  ['Europe/Berlin', 3, 0, '2026-03-28T23:30:00Z', '2026-03-29T01:00:00Z'],
  ['Europe/Berlin', 2, 0, '2026-03-28T23:30:00Z', '2026-03-29T01:00:00Z'],
  ['Europe/Berlin', 3, 0, '2026-10-24T23:30:00Z', '2026-10-25T02:00:00Z'],
  ['America/New_York', 3, 7, '2026-03-02T15:00:00Z', '2026-03-10T07:00:00Z'],
  ['America/New_York', 3, 7, '2026-10-26T15:00:00Z', '2026-11-03T08:00:00Z'],
  ['America/New_York', 3, 0, '2026-11-01T05:30:00Z', '2026-11-01T08:00:00Z'],
  ['Asia/Kolkata', 3, 7, '2026-06-01T00:00:00Z', '2026-06-08T21:30:00Z'],
  ['Australia/Lord_Howe', 3, 1, '2026-10-02T17:00:00Z', '2026-10-04T16:00:00Z'],
  ['Pacific/Kiritimati', 3, 7, '2026-01-01T12:00:00Z', '2026-01-08T13:00:00Z'],
  ['Pacific/Pago_Pago', 3, 7, '2026-01-01T12:00:00Z', '2026-01-08T14:00:00Z'],
];

describe('the end of a token', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it('is a moment, not a number of seconds from now', async () => {
    stopClock(new Date('2026-11-20T10:00:00.700Z'));
    const service = serviceFor(OPTIONS);
    const { claims, expiresAt, issuedAt } = await service.verify((await service.issue({ id: 999 })).token);
    expect(claims).toMatchObject({ iat: 1_795_168_800, exp: 1_795_169_700 });
    expect([issuedAt, expiresAt]).toEqual([new Date('2026-11-20T10:00:00Z'), new Date('2026-11-20T10:15:00Z')]);
  });

  it.each(NIGHTS)('in %s at %i, after %i days, from %s is %s', (timeZone, hour, afterDays, issuedAt, ends) => {
    expect(untilHour({ hour, afterDays, timeZone })(new Date(issuedAt)).toISOString()).toBe(
      new Date(ends).toISOString(),
    );
  });

  it('is seven to eight days away, give or take the hour of the clock change, whenever one logs in', () => {
    const expiry = untilHour({ hour: 3, afterDays: 7, timeZone: 'Europe/London' });
    const clock = new Intl.DateTimeFormat('en-GB', {
      timeZone: 'Europe/London',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    const start = Date.UTC(2026, 0, 1);
    for (let hours = 0; hours < 366 * 24; hours += 5) {
      const issuedAt = new Date(start + hours * 3_600_000 + 1234);
      const ends = expiry(issuedAt);
      const days = (ends.getTime() - issuedAt.getTime()) / 86_400_000;
      expect(clock.format(ends)).toBe('03:00:00');
      expect(days).toBeGreaterThanOrEqual(7 - 1 / 24);
      expect(days).toBeLessThanOrEqual(8 + 1 / 24);
    }
  });

  it('does not depend on where the process runs', () => {
    const script = `
      require('./test/support/typescript-child.cjs');
      const { untilHour } = require('./libs/jwt-policy/src/issue/lifetime.ts');
      const nights = ${JSON.stringify(NIGHTS)};
      const ends = ['UTC', 'America/Los_Angeles', 'Asia/Tokyo', 'Europe/Berlin', 'Australia/Lord_Howe', 'Pacific/Kiritimati'].map((zone) => {
        process.env.TZ = zone;
        const offset = new Date(0).getTimezoneOffset();
        return [offset, nights.map(([timeZone, hour, afterDays, issuedAt]) => untilHour({ hour, afterDays, timeZone })(new Date(issuedAt)).getTime())];
      });
      process.stdout.write(JSON.stringify(ends));
    `;
    const child = spawnSync(process.execPath, ['-e', script], { cwd: resolve(__dirname, '../..'), encoding: 'utf8' });
    expect(child.stderr).toBe('');
    const ends = JSON.parse(child.stdout) as [number, number[]][];
    expect(new Set(ends.map(([offset]) => offset)).size).toBeGreaterThan(4);
    expect(ends.map(([, times]) => times)).toEqual(ends.map(() => NIGHTS.map(([, , , , end]) => Date.parse(end))));
  });
});

describe('the seed’s secret', () => {
  it.each(['myJWTsecret100#', 'myJWTsecret100', 'MYJWTSECRET100#', 'myJWTsecret100#'.repeat(5)])(
    'is refused: %s',
    (secret) => {
      expect(mistakeOf(() => secretKey(secret))).toMatchObject(mistake('keys: secretKey()', /example/));
    },
  );

  it('is refused for its fifteen bytes, whatever they are', () => {
    expect(mistakeOf(() => secretKey('k8#fPq!z7Lw2$xR'))).toMatchObject(mistake('keys: secretKey()', /15 bytes/));
  });
});

describe('a subject', () => {
  it.each([
    [999, '999'],
    [0, '0'],
    [-1, '-1'],
    [9_007_199_254_740_993n, '9007199254740993'],
    ['joe', 'joe'],
  ])('%p is text on the wire', async (id, sub) => {
    const { token: text } = await serviceFor(OPTIONS).issue({ id });
    expect(JSON.parse(Buffer.from(text.split('.')[1], 'base64url').toString())).toMatchObject({ sub });
  });

  it.each([Number.NaN, Infinity, 1.5, 2 ** 53, '', null, undefined, {}, ['joe'], true, 'x'.repeat(257)])(
    '%p is refused',
    async (id) => {
      await expect(serviceFor(OPTIONS).issue({ id: id as string })).rejects.toThrow(TypeError);
    },
  );
});

describe.each(PLATFORMS)('on %s', (_name, adapter) => {
  let shop: GuardedShop;
  let loads = 0;
  beforeAll(async () => {
    shop = await GuardedShop.open(adapter);
  });
  afterAll(() => shop.close());
  const bearer = (claims: Record<string, unknown> = {}): string => `Bearer ${token(claims)}`;

  it.each(['Basic', 'Digest', 'JWT', 'Negotiate'])('the scheme %s is not Bearer', async (scheme) => {
    expect(await shop.get('/basket', `${scheme} ${token()}`)).toMatchObject(refusal('ERR_TOKEN_MISSING'));
  });

  it.each(['viewer', 'view', 'review', ['viewer'], { view: true }, null, 1])(
    'permissions of %j do not grant view',
    async (permissions) => {
      const code = Array.isArray(permissions) ? 'ERR_PERMISSION_MISSING' : 'ERR_TOKEN_INVALID';
      expect(await shop.get('/basket', bearer({ permissions }))).toMatchObject(
        refusal(code, Array.isArray(permissions) ? 'view' : undefined),
      );
    },
  );

  it('a missing permissions claim is a refusal and no crash', async () => {
    expect(await shop.get('/basket', bearer({ permissions: undefined }))).toMatchObject(
      refusal('ERR_PERMISSION_MISSING', 'view'),
    );
    expect(await shop.get('/me', bearer({ permissions: undefined }))).toMatchObject({ status: 200, handled: 1 });
  });

  it('both ordinary denials answer, each with its challenge', async () => {
    expect(await shop.get('/basket')).toMatchObject(refusal('ERR_TOKEN_MISSING'));
    expect(await shop.get('/basket', bearer({ permissions: [] }))).toMatchObject(
      refusal('ERR_PERMISSION_MISSING', 'view'),
    );
  });

  it.each(['other', undefined, [], ''])('the audience %j is verified', async (aud) => {
    expect(await shop.get('/me', bearer({ aud }))).toMatchObject(refusal('ERR_TOKEN_INVALID'));
  });

  it('a token for another audience is issued and not accepted here', async () => {
    const { token: text } = await shop.tokens.issue({ id: 1 }, { audience: 'warehouse' });
    expect(await shop.get('/me', `Bearer ${text}`)).toMatchObject(refusal('ERR_TOKEN_INVALID'));
  });

  it('exp is required', async () => {
    expect(await shop.get('/me', bearer({ exp: undefined }))).toMatchObject(refusal('ERR_TOKEN_INVALID'));
  });

  it('expired and forged do not look alike', async () => {
    const expired = bearer({ exp: seconds(-1) });
    expect(await shop.get('/me', expired)).toMatchObject(refusal('ERR_TOKEN_EXPIRED'));
    expect(await shop.get('/me', `${expired.slice(0, -10)}AAAAAAAAAA`)).toMatchObject(refusal('ERR_TOKEN_INVALID'));
  });

  it('nobody is 401 and never 403, also where the permission is missing', async () => {
    for (const path of ['/basket', '/me', '/passport']) {
      expect(await shop.get(path)).toMatchObject(refusal('ERR_TOKEN_MISSING'));
    }
  });

  it('the identity is loaded once, however often it is read', async () => {
    const load = (subject: string) => {
      loads += 1;
      return Promise.resolve({ permissions: ['view'], name: subject });
    };
    const live = await GuardedShop.open(adapter, { identify: { load } });
    loads = 0;
    expect(await live.get('/basket', bearer())).toMatchObject({ status: 200, handled: 1 });
    expect(loads).toBe(1);
    expect(await live.get('/passport', bearer())).toMatchObject({ status: 200, handled: 1 });
    expect(loads).toBe(2);
    await live.close();
  });

  it('the seed’s own token opens nothing', async () => {
    const seeds =
      'eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9.eyJleHAiOjY1MDM5Ny4wLCJzdWIiOjk5OSwicGVybWlzc2lvbnMiOlsidmlldyIsImVkaXQiXSwidXNlcl9uYW1lIjoiam9lIn0.dTCQxCorZtzIExeUtxB49_JAKljS9M8FZEhBvT_JPudzGuOyTPGYpTaxgaYWEjvnMG1m_kKvASJcn77Klgb9lQ';
    expect(await shop.get('/basket', `Bearer ${seeds}`)).toMatchObject(refusal('ERR_TOKEN_INVALID'));
  });
});
