import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Get, Injectable, UseGuards } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import {
  Authenticated,
  CurrentIdentity,
  Freshness,
  type Identity,
  type IdentityLoader,
  type LoadedIdentity,
  Public,
  RequirePermission,
} from 'nestjs-jwt-policy';
import { GuardedShop, handled } from '../support/guarded-shop.js';
import { boot, mistake } from '../support/mistakes.js';
import { PLATFORMS } from '../support/platforms.js';
import { refusal } from '../support/refusals.js';
import { token } from '../support/tokens.js';
import { OPTIONS } from '../support/guarded-shop.js';
import { JwtPolicyModule } from 'nestjs-jwt-policy';

@Injectable()
class Another {
  see(me: Identity): boolean {
    return me.permissions.has('view');
  }
}

@Controller('mode')
@Freshness({ maxStale: '1h' })
class ModeController {
  constructor(private readonly another: Another) {}

  @Get('token')
  @Freshness('token')
  @RequirePermission('view')
  token(@CurrentIdentity() me: Identity): object {
    return handled(me);
  }

  @Get('live')
  @Freshness('live')
  @RequirePermission('view')
  @UseGuards(AuthGuard('jwt'), AuthGuard('jwt'))
  live(@CurrentIdentity() me: Identity, @CurrentIdentity() again: Identity): object {
    if (me !== again || !this.another.see(again)) throw new Error('somebody else');
    return handled(me);
  }

  @Get('stale/:anything')
  @RequirePermission('view')
  stale(@CurrentIdentity() me: Identity): object {
    return handled(me);
  }

  @Get('passport')
  @Authenticated()
  @UseGuards(AuthGuard('jwt'))
  passport(@CurrentIdentity() me: Identity): object {
    return handled(me);
  }

  @Get('public')
  @Public()
  public(@CurrentIdentity() me: Identity | null): object {
    return handled(me);
  }
}

const bearer = (sub: string): string => `Bearer ${token({ sub })}`;

describe.each(PLATFORMS)('freshness on %s', (_name, adapter) => {
  let shop: GuardedShop;
  let loads: string[];
  let load: IdentityLoader;
  const known: LoadedIdentity = { permissions: ['view'] };

  beforeAll(async () => {
    shop = await GuardedShop.open(
      adapter,
      {
        identify: {
          timeout: '300ms',
          load: (subject, verified) => {
            loads.push(subject);
            return load(subject, verified);
          },
        },
      },
      { controllers: [ModeController], providers: [Another] },
    );
  });
  afterAll(() => shop.close());
  beforeEach(() => {
    loads = [];
    load = async () => known;
  });

  it.each([
    ['token', '/mode/token', [0, 0, 0]],
    ['live, however often and wherever the identity is read', '/mode/live', [1, 2, 3]],
    ['the class says how stale', '/mode/stale/1', [1, 1, 1]],
    ['Passport asks, too', '/mode/passport', [1, 1, 1]],
    ['nobody is asked for', '/mode/public', [0, 0, 0]],
    ['neither class nor method says anything', '/basket', [1, 2, 3]],
    ['the route is refused before anybody is known', '/forgotten', [0, 0, 0]],
  ])('loads as often as it must where %s', async (_case, path, expected) => {
    const authorization = bearer(`of-${path}`);
    for (const total of expected) {
      await shop.get(path, authorization);
      expect(loads).toHaveLength(total);
    }
  });

  it('loads nobody without a token, or for one that is refused', async () => {
    await shop.get('/mode/live');
    await shop.get('/mode/live', 'Bearer garbage');
    await shop.get('/mode/live', `Bearer ${token({ exp: 1 })}`);
    expect(loads).toEqual([]);
  });

  it('loads a cold subject once for a thousand requests, a hundred at a time', async () => {
    load = () => delay(100, known);
    const authorization = bearer('cold');
    const answers: number[] = [];
    const client = async (first: number): Promise<void> => {
      for (let request = first; request < 1_000; request += 100) {
        const response = await fetch(`${shop.url}/mode/stale/${request}`, { headers: { authorization } });
        answers.push(response.status);
        await response.arrayBuffer();
      }
    };
    await Promise.all(Array.from({ length: 100 }, (_, first) => client(first)));
    expect(answers).toHaveLength(1_000);
    expect(new Set(answers)).toEqual(new Set([200]));
    expect(loads).toEqual(['cold']);
  });

  it('gives each the identity of their own token, and the permissions of the load', async () => {
    load = async (subject) => ({ permissions: ['view', subject], name: subject });
    const answers = await Promise.all(
      ['a', 'b', 'a', 'b'].map((sub) => fetch(`${shop.url}/mode/stale/1`, { headers: { authorization: bearer(sub) } })),
    );
    expect(await Promise.all(answers.map((answer) => answer.json()))).toEqual(
      ['a', 'b', 'a', 'b'].map((id) => ({ id, permissions: ['view', id] })),
    );
    expect(loads.toSorted()).toEqual(['a', 'b']);
  });

  it.each(['/mode/live', '/mode/stale/1'])('refuses at %s a subject that is unknown or disabled', async (path) => {
    load = async () => null;
    expect(await shop.get(path, bearer(`unknown-${path}`))).toMatchObject(refusal('ERR_SUBJECT_UNKNOWN'));
    load = async () => ({ permissions: ['view'], disabled: true });
    expect(await shop.get(path, bearer(`disabled-${path}`))).toMatchObject(refusal('ERR_SUBJECT_UNKNOWN'));
  });

  it('does not hammer a loader about somebody unknown who keeps asking', async () => {
    load = async () => null;
    for (let request = 0; request < 20; request += 1) {
      expect((await shop.get('/mode/stale/1', bearer('nobody'))).status).toBe(401);
    }
    expect(loads).toEqual(['nobody']);
  });

  it.each(['/mode/live', '/mode/stale/1', '/mode/passport'])(
    'answers 503 at %s while the loader fails, and no longer',
    async (path) => {
      const authorization = bearer(`of-503-${path}`);
      load = async () => Promise.reject(new Error('down'));
      expect(await shop.get(path, authorization)).toMatchObject(refusal('ERR_POLICY_UNAVAILABLE'));
      load = () => new Promise(() => undefined);
      const asked = performance.now();
      expect(await shop.get(path, authorization)).toMatchObject(refusal('ERR_POLICY_UNAVAILABLE'));
      expect(performance.now() - asked).toBeGreaterThan(280);
      load = async () => known;
      expect((await shop.get(path, authorization)).status).toBe(200);
    },
  );

  it('is no way around a permission that the loader does not give', async () => {
    load = async () => ({ permissions: ['edit'] });
    for (const path of ['/mode/live', '/mode/stale/1']) {
      expect(await shop.get(path, bearer(`poor-${path}`))).toMatchObject(refusal('ERR_PERMISSION_MISSING', 'view'));
    }
  });
});

describe('a freshness that cannot be had', () => {
  @Controller()
  class StaleController {
    @Get()
    @Authenticated()
    @Freshness({ maxStale: '30s' })
    show(): string {
      return '';
    }
  }

  it('stops the start: a route that loads, without a loader', async () => {
    await expect(
      boot({ imports: [JwtPolicyModule.forRoot(OPTIONS)], controllers: [StaleController] }),
    ).rejects.toMatchObject(mistake('@Freshness() on StaleController.show', /nothing loads/));
  });

  it.each([[{ maxStale: '30s' }], ['live']] as const)(
    'stops the start: the option %j without a loader',
    async (freshness) => {
      await expect(
        boot({ imports: [JwtPolicyModule.forRoot({ ...OPTIONS, identify: { freshness } })] }),
      ).rejects.toMatchObject(mistake('identify.freshness', /nothing loads/));
    },
  );

  it.each([0, '0s', '301s', 5, '', '5 s', null])('stops the start: identify.timeout %p', async (timeout) => {
    await expect(
      boot({ imports: [JwtPolicyModule.forRoot({ ...OPTIONS, identify: { timeout: timeout as never } })] }),
    ).rejects.toMatchObject(mistake('identify.timeout'));
  });
});
