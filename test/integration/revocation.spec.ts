import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Get, UseGuards } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import {
  CurrentIdentity,
  Freshness,
  type Identity,
  InvalidToken,
  JwtPolicyModule,
  PolicyUnavailable,
  Public,
  RequirePermission,
  type RevocationStore,
} from 'nestjs-jwt-policy';
import { checkOptions } from '../../libs/jwt-policy/src/jwt-policy.options.js';
import { stopClock } from '../support/clock.js';
import { GuardedShop, type HandledAnswer, handled, OPTIONS } from '../support/guarded-shop.js';
import { boot, mistake } from '../support/mistakes.js';
import { PLATFORMS } from '../support/platforms.js';
import { refusal } from '../support/refusals.js';
import { seconds, token } from '../support/tokens.js';

@Controller('by')
class ModesController {
  @Get('token')
  @Freshness('token')
  @RequirePermission('view')
  token(@CurrentIdentity() me: Identity): object {
    return handled(me);
  }

  @Get('stale')
  @Freshness({ maxStale: '1h' })
  @RequirePermission('view')
  stale(@CurrentIdentity() me: Identity): object {
    return handled(me);
  }

  @Get('live')
  @Freshness('live')
  @RequirePermission('view')
  live(@CurrentIdentity() me: Identity): object {
    return handled(me);
  }

  @Get('passport')
  @Public()
  @Freshness({ maxStale: '1h' })
  @UseGuards(AuthGuard('jwt'))
  passport(@CurrentIdentity() me: Identity): object {
    return handled(me);
  }
}

const PATHS = ['/by/token', '/by/stale', '/by/live', '/by/passport', '/basket'];

describe.each(PLATFORMS)('a revocation on %s', (_name, adapter) => {
  let shop: GuardedShop;
  let permissions: string[];
  let loads = 0;
  const load = async () => {
    loads += 1;
    return { permissions };
  };
  beforeAll(async () => {
    shop = await GuardedShop.open(adapter, { identify: { load } }, { controllers: [ModesController] });
  });
  afterAll(() => shop.close());
  beforeEach(() => {
    permissions = ['view'];
  });

  const logIn = async (id: string): Promise<string> => (await shop.tokens.issue({ id, permissions: ['view'] })).token;

  describe.each(PATHS)('at %s', (path) => {
    const open = async (text: string): Promise<number> => (await shop.get(path, `Bearer ${text}`)).status;
    const answer = (text: string): Promise<HandledAnswer> => shop.get(path, `Bearer ${text}`);
    const revoked = refusal('ERR_TOKEN_REVOKED');

    it('of one token holds for the very next request, and for no other token', async () => {
      const [first, second] = [await logIn('one'), await logIn('one')];
      expect([await open(first), await open(second)]).toEqual([200, 200]);
      await shop.tokens.revoke(first);
      expect(await answer(first)).toMatchObject(revoked);
      expect(await open(second)).toBe(200);
    });

    it('of all tokens spares those that are issued later, in the same second too', async () => {
      for (let round = 0; round < 20; round += 1) {
        const before = await logIn('all');
        expect(await open(before)).toBe(200);
        await shop.tokens.revokeAll('all');
        const after = await logIn('all');
        expect(await answer(before)).toMatchObject(revoked);
        expect(await open(after)).toBe(200);
      }
    });

    it('of all tokens leaves other people alone', async () => {
      const other = await logIn('all-but-me');
      await shop.tokens.revokeAll('all');
      expect(await open(other)).toBe(200);
    });

    it('holds for a token that was never used before', async () => {
      const [unused, another] = [await logIn('unused'), await logIn('unused')];
      await shop.tokens.revoke(unused);
      expect(await answer(unused)).toMatchObject(revoked);
      await shop.tokens.revokeAll('unused');
      expect(await answer(another)).toMatchObject(revoked);
    });

    it('holds for requests on connections that are open already, in parallel', async () => {
      const text = await logIn('parallel');
      await Promise.all(Array.from({ length: 20 }, () => open(text)));
      await shop.tokens.revoke(text);
      const answers = await Promise.all(Array.from({ length: 20 }, () => open(text)));
      expect(new Set(answers)).toEqual(new Set([401]));
    });

    it('says nothing about a token that was forged, expired or spelled in another way', async () => {
      const text = await logIn('forged');
      await shop.tokens.revoke(text);
      for (const other of [`${text}x`, `${text.slice(0, -2)}AA`, `${text}=`]) {
        expect(await shop.get(path, `Bearer ${other}`)).toMatchObject(refusal('ERR_TOKEN_INVALID'));
      }
    });
  });

  it.each([
    ['/by/live', 'ERR_PERMISSION_MISSING'],
    ['/by/stale', 'ERR_PERMISSION_MISSING'],
    ['/basket', 'ERR_PERMISSION_MISSING'],
  ] as const)('of permissions holds at %s after forget(), for the very next request', async (path, code) => {
    const authorization = `Bearer ${await logIn(`forget-${path}`)}`;
    expect((await shop.get(path, authorization)).status).toBe(200);
    permissions = [];
    await shop.tokens.forget(`forget-${path}`);
    expect(await shop.get(path, authorization)).toMatchObject(refusal(code, 'view'));
    permissions = ['view'];
    await shop.tokens.forget(`forget-${path}`);
    expect((await shop.get(path, authorization)).status).toBe(200);
  });

  it('of permissions is for loaded ones: what stands in a token counts until it ends', async () => {
    const authorization = `Bearer ${await logIn('token')}`;
    const before = loads;
    permissions = [];
    await shop.tokens.forget('token');
    expect((await shop.get('/by/token', authorization)).status).toBe(200);
    expect(loads).toBe(before);
  });

  it('makes only the one who has changed be loaded again', async () => {
    const [joe, ann] = [`Bearer ${await logIn('changed')}`, `Bearer ${await logIn('unchanged')}`];
    await shop.get('/by/stale', joe);
    await shop.get('/by/stale', ann);
    const before = loads;
    await shop.tokens.forget('changed');
    for (let round = 0; round < 3; round += 1) {
      await shop.get('/by/stale', joe);
      await shop.get('/by/stale', ann);
    }
    expect(loads - before).toBe(1);
  });
});

describe('the token service', () => {
  let shop: GuardedShop;
  beforeAll(async () => {
    shop = await GuardedShop.open(PLATFORMS[0][1]);
  });
  afterAll(() => shop.close());

  const issue = async (): Promise<string> => (await shop.tokens.issue({ id: 42 })).token;
  const codeOf = async (text: string): Promise<string> =>
    shop.tokens.verify(text).then(
      () => 'good',
      (error: unknown) => (error instanceof InvalidToken ? error.code : String(error)),
    );

  it('no longer verifies what was revoked, by its text or as a verified token', async () => {
    const [one, two] = [await issue(), await issue()];
    await shop.tokens.revoke(one);
    await shop.tokens.revoke(await shop.tokens.verify(two));
    expect([await codeOf(one), await codeOf(two), await codeOf(await issue())]).toEqual([
      'ERR_TOKEN_REVOKED',
      'ERR_TOKEN_REVOKED',
      'good',
    ]);
  });

  it('tells a client of a revoked token the one message that all have', async () => {
    const text = await issue();
    await shop.tokens.revoke(text);
    await expect(shop.tokens.verify(text)).rejects.toThrow('The token is not valid');
  });

  it('has nothing against a token that has ended, or was revoked before', async () => {
    const text = await issue();
    await shop.tokens.revoke(text);
    await expect(shop.tokens.revoke(text)).resolves.toBeUndefined();
    await expect(shop.tokens.revoke(token({ exp: seconds(-10) }))).resolves.toBeUndefined();
  });

  it.each([
    ['forged', async () => `${await issue()}x`],
    ['for somebody else', async () => token({ aud: 'other' })],
    ['garbage', async () => 'garbage'],
    ['missing', async () => undefined as never],
    ['what only looks like a verified one', async () => ({ id: 'x', subject: '42' }) as never],
  ])('does not revoke what is %s', async (_case, text) => {
    await expect(shop.tokens.revoke(await text())).rejects.toMatchObject({ code: 'ERR_TOKEN_INVALID' });
  });

  it.each([42, 42n, '42'])('takes %p for the same subject as issue() does', async (subject) => {
    const text = await issue();
    await shop.tokens.revokeAll(subject);
    expect(await codeOf(text)).toBe('ERR_TOKEN_REVOKED');
    await expect(shop.tokens.forget(subject)).resolves.toBeUndefined();
  });

  it.each([undefined, null, '', 1.5, Number.NaN, {}, ['42'], true, 'x'.repeat(257)])(
    'does not revoke everything of %p',
    async (subject) => {
      await expect(shop.tokens.revokeAll(subject as never)).rejects.toThrow(/^revokeAll\(\): the subject must be/);
      await expect(shop.tokens.forget(subject as never)).rejects.toThrow(/^forget\(\): the subject must be/);
    },
  );

  it('tells whoever listens, and nobody the token', async () => {
    const events: unknown[] = [];
    const listener = (event: unknown): number => events.push(event);
    subscribe('nestjs-jwt-policy:token', listener);
    const issued = await shop.tokens.issue({ id: 42 });
    await shop.tokens.revoke(issued.token);
    await shop.tokens.revokeAll(42);
    await shop.tokens.forget(42n);
    await shop.tokens.revoke(token({ exp: seconds(-10) }));
    await shop.tokens.revoke('garbage').catch(() => undefined);
    unsubscribe('nestjs-jwt-policy:token', listener);
    const { id: tokenId, expiresAt } = issued;
    expect(events).toEqual([
      { type: 'issued', tokenId, subject: '42', expiresAt },
      { type: 'revoked', tokenId, subject: '42', expiresAt },
      { type: 'subject-revoked', subject: '42' },
      { type: 'subject-changed', subject: '42' },
    ]);
  });

  it('tells nobody of what the store did not keep', async () => {
    const events: unknown[] = [];
    const listener = (event: unknown): number => events.push(event);
    const broken: RevocationStore = {
      add: () => Promise.reject(new Error('down')),
      find: () => ({ revoked: false }),
    };
    const other = await GuardedShop.open(PLATFORMS[0][1], { identify: { revocations: broken } });
    const text = (await other.tokens.issue({ id: 42 })).token;
    subscribe('nestjs-jwt-policy:token', listener);
    await expect(other.tokens.revoke(text)).rejects.toBeInstanceOf(PolicyUnavailable);
    await expect(other.tokens.revokeAll('42')).rejects.toBeInstanceOf(PolicyUnavailable);
    await expect(other.tokens.forget('42')).rejects.toBeInstanceOf(PolicyUnavailable);
    unsubscribe('nestjs-jwt-policy:token', listener);
    expect(events).toEqual([]);
    await other.close();
  });
});

describe('a clock that is set back', () => {
  afterEach(() => jest.useRealTimers());

  it.each([2, 3_600])('by %d s refuses nobody who logs in after a revocation of all', async (setBack) => {
    const shop = await GuardedShop.open(PLATFORMS[0][1]);
    const now = Date.now() + 1_000_000;
    stopClock(now);
    const early = (await shop.tokens.issue({ id: 'joe' }, { lifetime: '1d' })).token;
    stopClock(now - setBack * 1_000);
    const before = (await shop.tokens.issue({ id: 'joe' }, { lifetime: '1d' })).token;
    await shop.tokens.revokeAll('joe');
    const after = (await shop.tokens.issue({ id: 'joe' }, { lifetime: '1d' })).token;
    await expect(shop.tokens.verify(after)).resolves.toMatchObject({ subject: 'joe' });
    await expect(shop.tokens.verify(before)).rejects.toMatchObject({ code: 'ERR_TOKEN_REVOKED' });
    stopClock(now);
    await expect(shop.tokens.verify(early)).rejects.toMatchObject({ code: 'ERR_TOKEN_REVOKED' });
    await expect(shop.tokens.verify(after)).resolves.toMatchObject({ subject: 'joe' });
    await shop.close();
  });
});

const inYears = (years: number): Date => new Date(Date.now() + years * 365 * 86_400_000);

describe('tokens that live for longer than ten years', () => {
  afterEach(() => jest.useRealTimers());

  it('are revoked with all others, and stay so', async () => {
    const shop = await GuardedShop.open(PLATFORMS[0][1]);
    const { token: text } = await shop.tokens.issue({ id: 'joe' }, { lifetime: () => inYears(20) });
    await shop.tokens.revokeAll('joe');
    stopClock(inYears(15));
    await expect(shop.tokens.verify(text)).rejects.toMatchObject({ code: 'ERR_TOKEN_REVOKED' });
    await shop.close();
  });
});

describe('the time that a store or a loader has', () => {
  it('is five seconds unless the options say otherwise', () => {
    expect(checkOptions(OPTIONS).identify.timeout).toBe(5_000);
    expect(checkOptions(OPTIONS).revocationRules).toEqual({
      timeout: 5_000,
      leeway: 0,
      longestLife: undefined,
      longestSession: 90 * 86_400_000,
    });
    expect(checkOptions({ ...OPTIONS, verify: { maxLifetime: '1d' }, identify: { timeout: '1s' } })).toMatchObject({
      identify: { timeout: 1_000 },
      revocationRules: { timeout: 1_000, longestLife: 86_400_000 },
    });
  });
});

describe.each(PLATFORMS)('a revocation store that fails on %s', (_name, adapter) => {
  it.each<[string, RevocationStore['find']]>([
    ['rejects', async () => Promise.reject(new Error('down'))],
    ['hangs', () => new Promise(() => undefined)],
    ['talks nonsense', () => undefined as never],
    [
      'throws',
      () => {
        throw new Error('down');
      },
    ],
  ])('answers 503 everywhere but on a public route when it %s', async (_case, find) => {
    const revocations: RevocationStore = { add: async () => undefined, find };
    const shop = await GuardedShop.open(adapter, { identify: { revocations, timeout: '100ms' } });
    const authorization = `Bearer ${token()}`;
    for (const path of ['/basket', '/me', '/passport']) {
      expect(await shop.get(path, authorization)).toMatchObject(refusal('ERR_POLICY_UNAVAILABLE'));
    }
    await expect(shop.tokens.verify(token())).rejects.toBeInstanceOf(PolicyUnavailable);
    expect((await shop.get('/open', authorization)).status).toBe(200);
    expect(await shop.get('/basket', 'Bearer garbage')).toMatchObject(refusal('ERR_TOKEN_INVALID'));
    await shop.close();
  });

  it('is opened before the app listens, and closed after its last answer', async () => {
    const told: string[] = [];
    const revocations: RevocationStore = {
      open: () => delay(50).then(() => void told.push('open')),
      close: async () => void told.push('close'),
      add: async () => undefined,
      find: async () => delay(100, { revoked: false }).finally(() => told.push('found')),
    };
    const shop = await GuardedShop.open(adapter, { identify: { revocations } });
    expect(told).toEqual(['open']);
    const answer = shop.raw('/basket', [`Authorization: Bearer ${token()}`]);
    await delay(50);
    await shop.close();
    expect((await answer).status).toBe(200);
    expect(told).toEqual(['open', 'found', 'close']);
  });

  it('stops the start when it cannot be opened', async () => {
    const revocations: RevocationStore = {
      open: () => Promise.reject(new Error('no such table')),
      add: async () => undefined,
      find: () => ({ revoked: false }),
    };
    await expect(
      boot({ imports: [JwtPolicyModule.forRoot({ ...OPTIONS, identify: { revocations } })] }),
    ).rejects.toThrow('no such table');
  });
});

describe('a store that is none', () => {
  it.each([null, {}, { add: () => undefined }, { find: () => undefined }, 'redis://localhost', () => undefined, []])(
    'stops the start: %p',
    async (revocations) => {
      await expect(
        boot({ imports: [JwtPolicyModule.forRoot({ ...OPTIONS, identify: { revocations: revocations as never } })] }),
      ).rejects.toMatchObject(mistake('identify.revocations', /is not a store/));
    },
  );
});

describe('verify.maxLifetime', () => {
  it.each([
    ['is as long as that', 100, 'good'],
    ['is a second longer', 101, 'lives longer than verify.maxLifetime'],
    ['is years longer', 1e9, 'lives longer than verify.maxLifetime'],
  ])('lets pass or refuses a token whose life %s', async (_case, life, expected) => {
    const shop = await GuardedShop.open(PLATFORMS[0][1], {
      verify: { maxLifetime: '100s' },
      issue: { lifetime: '100s' },
    });
    const text = token({ iat: seconds(-10), exp: seconds(-10 + life) });
    const found = await shop.tokens.verify(text).then(
      () => 'good',
      (error: InvalidToken) => error.reason,
    );
    expect(found).toBe(expected);
    await shop.close();
  });

  it('holds for tokens that are issued, too', async () => {
    const shop = await GuardedShop.open(PLATFORMS[0][1], { verify: { maxLifetime: '15m' } });
    await expect(shop.tokens.issue({ id: 1 }, { lifetime: '901s' })).rejects.toThrow(/longer than verify\.maxLifetime/);
    await expect(shop.tokens.issue({ id: 1 }, { lifetime: '899s' })).resolves.toMatchObject({
      token: expect.any(String),
    });
    await shop.close();
  });

  it.each([
    ['verify.maxLifetime', { verify: { maxLifetime: '0s' } }],
    ['verify.maxLifetime', { verify: { maxLifetime: '3651d' } }],
    ['verify.maxLifetime', { verify: { maxLifetime: 900 as never } }],
    ['verify.maxLifetime', { verify: { maxLifetime: null as never } }],
    ['issue.lifetime', { verify: { maxLifetime: '10m' } }],
    ['issue.lifetime', { verify: { maxLifetime: '7d' }, issue: { lifetime: '8d' } }],
  ] as const)('stops the start, naming %s, when it is %j', async (option, options) => {
    await expect(boot({ imports: [JwtPolicyModule.forRoot({ ...OPTIONS, ...options })] })).rejects.toMatchObject(
      mistake(option),
    );
  });
});
