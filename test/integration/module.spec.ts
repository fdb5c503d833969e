import {
  Body,
  Controller,
  Get,
  type INestApplication,
  Injectable,
  type LoggerService,
  Module,
  Post,
  UseGuards,
} from '@nestjs/common';
import {
  Authenticated,
  CurrentIdentity,
  Freshness,
  fromHeader,
  type Identity,
  type JwtPolicyOptions,
  JwtPolicyModule,
  type LoadedIdentity,
  PermissionsGuard,
  PolicyConfigurationError,
  Public,
  RequirePermission,
  SecurityPolicy,
  secretKey,
  TokenService,
} from 'nestjs-jwt-policy';
import { send } from '../support/http.js';
import { listen, PLATFORMS } from '../support/platforms.js';
import { AUDIENCE, ISSUER, SECRET, token } from '../support/tokens.js';

const options = (more: Partial<JwtPolicyOptions> = {}): JwtPolicyOptions => ({
  issuer: ISSUER,
  audience: AUDIENCE,
  keys: secretKey(SECRET),
  ...more,
});

@Controller()
class Shop {
  constructor(
    private readonly tokens: TokenService,
    private readonly policy: SecurityPolicy,
  ) {}

  @Post('login')
  @Public()
  async login(@Body() person: { id: string; permissions: string[] }): Promise<object> {
    const { token: text, expiresAt } = await this.tokens.issue(person);
    return { token: text, expiresAt };
  }

  @Get('me')
  @Authenticated()
  me(@CurrentIdentity() me: Identity): object {
    return {
      id: me.id,
      name: me.name,
      permissions: [...me.permissions],
      mayEdit: this.policy.permits(me, 'edit').allowed,
    };
  }

  @Get('basket')
  @RequirePermission('view')
  basket(@CurrentIdentity() me: Identity): object {
    return { id: me.id };
  }

  @Get('fast')
  @RequirePermission('view')
  @Freshness('token')
  fast(): object {
    return { fast: true };
  }

  @Get('silent')
  silent(): object {
    return { silent: true };
  }
}

@Controller('by-hand')
class ByHand {
  @Get('guarded')
  @UseGuards(PermissionsGuard)
  @RequirePermission('view')
  guarded(): object {
    return { guarded: true };
  }

  @Get('unguarded')
  unguarded(): object {
    return { unguarded: true };
  }
}

describe.each(PLATFORMS)('the module on %s', (_name, adapter) => {
  let app: INestApplication | undefined;
  let url = '';
  const start = async (policy: JwtPolicyOptions, prepare?: (app: INestApplication) => void): Promise<void> => {
    const imports = [JwtPolicyModule.forRoot(policy)];
    ({ app, url } = await listen({ imports, controllers: [Shop, ByHand] }, adapter, prepare));
  };
  const get = async (path: string, authorization = `Bearer ${token()}`): Promise<[number, unknown]> => {
    const { status, body } = await send(url + path, authorization);
    return [status, (body as { code?: string }).code ?? body];
  };
  afterEach(async () => {
    await app?.close();
    app = undefined;
  });

  it('accepts the tokens that it issues', async () => {
    await start(options());
    const login = await send(`${url}/login`, undefined, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id: '7', name: 'ann', permissions: ['view'] }),
    });
    const { token: text } = login.body as { token: string };
    expect(await get('/me', `Bearer ${text}`)).toEqual([
      200,
      { id: '7', name: 'ann', permissions: ['view'], mayEdit: false },
    ]);
  });

  it('issues for another audience and lifetime only when they are ones', async () => {
    await start(options());
    const tokens = app?.get(TokenService);
    const issued = await tokens?.issue({ id: 7 }, { lifetime: '1h', audience: 'another-api' });
    expect(await get('/me', `Bearer ${issued?.token}`)).toEqual([401, 'ERR_TOKEN_INVALID']);
    await expect(tokens?.issue({ id: 7 }, { lifetime: '3600' as never })).rejects.toThrow(PolicyConfigurationError);
    await expect(tokens?.issue({ id: 7 }, { audience: '' })).rejects.toThrow(TypeError);
  });

  it('asks the loader once for a request, and believes it rather than the token', async () => {
    const people = new Map<string, LoadedIdentity>([['42', { permissions: ['edit'], name: 'Joe' }]]);
    let loads = 0;
    await start(options({ identify: { load: async (subject) => ((loads += 1), people.get(subject) ?? null) } }));
    expect(await get('/me')).toEqual([200, { id: '42', name: 'Joe', permissions: ['edit'], mayEdit: true }]);
    expect(loads).toBe(1);
    expect(await get('/basket')).toEqual([403, 'ERR_PERMISSION_MISSING']);
    people.set('42', { permissions: ['view'] });
    expect(await get('/basket')).toEqual([200, { id: '42' }]);
    people.set('42', { permissions: ['view'], disabled: true });
    expect(await get('/basket')).toEqual([401, 'ERR_SUBJECT_UNKNOWN']);
    people.delete('42');
    expect(await get('/basket')).toEqual([401, 'ERR_SUBJECT_UNKNOWN']);
    expect(loads).toBe(5);
    expect(await get('/fast')).toEqual([200, { fast: true }]);
    expect(loads).toBe(5);
  });

  it('answers 503 while the loader is down', async () => {
    await start(options({ identify: { load: () => Promise.reject(new Error('connection lost')) } }));
    expect(await get('/basket')).toEqual([503, 'ERR_POLICY_UNAVAILABLE']);
    expect(await get('/fast')).toEqual([200, { fast: true }]);
  });

  it('guards only where it is told to when the guard is manual', async () => {
    await start(options({ guard: 'manual' }));
    expect(await get('/by-hand/guarded', 'Bearer garbage')).toEqual([401, 'ERR_TOKEN_INVALID']);
    expect(await get('/by-hand/guarded')).toEqual([200, { guarded: true }]);
    expect(await get('/by-hand/unguarded', '')).toEqual([200, { unguarded: true }]);
  });

  it.each<['deny' | 'authenticated' | 'allow', [number, unknown], [number, unknown]]>([
    ['deny', [403, 'ERR_ROUTE_UNDECLARED'], [403, 'ERR_ROUTE_UNDECLARED']],
    ['authenticated', [401, 'ERR_TOKEN_MISSING'], [200, { silent: true }]],
    ['allow', [200, { silent: true }], [200, { silent: true }]],
  ])("treats a route that declares nothing as decide.undeclared says: '%s'", async (undeclared, anonymous, known) => {
    await start(options({ decide: { undeclared } }));
    expect(await get('/silent', 'Basic eA==')).toEqual(anonymous);
    expect(await get('/silent')).toEqual(known);
  });

  it('asks for the default permission besides that of the route', async () => {
    await start(options({ decide: { defaultPermission: 'member' } }));
    expect(await get('/basket')).toEqual([403, 'ERR_PERMISSION_MISSING']);
    expect(await get('/me')).toEqual([403, 'ERR_PERMISSION_MISSING']);
    expect(await get('/basket', `Bearer ${token({ permissions: ['view', 'member'] })}`)).toEqual([200, { id: '42' }]);
  });

  it('takes the token from where the options say, and nowhere else', async () => {
    await start(options({ extract: fromHeader('x-token') }));
    expect(await get('/basket')).toEqual([401, 'ERR_TOKEN_MISSING']);
    expect((await send(`${url}/basket`, undefined, { headers: { 'x-token': token() } })).status).toBe(200);
  });

  it('names the routes that declare nothing, once', async () => {
    const warnings: string[] = [];
    const logger: LoggerService = { log: () => {}, error: () => {}, warn: (line: string) => void warnings.push(line) };
    await start(options(), (created) => created.useLogger(logger));
    await get('/silent');
    expect(warnings).toEqual([
      '2 route(s) declare nothing and refuse every request: GET Shop.silent, GET ByHand.unguarded. ' +
        'Write @RequirePermission(), @Authenticated() or @Public() on each.',
    ]);
  });

  it('takes its options from other providers', async () => {
    @Injectable()
    class People {
      readonly all = new Map<string, LoadedIdentity>([['42', { permissions: ['view'] }]]);
    }
    @Module({ providers: [People], exports: [People] })
    class PeopleModule {}
    const policy = JwtPolicyModule.forRootAsync({
      imports: [PeopleModule],
      inject: [People],
      useFactory: (people: People) =>
        options({ identify: { load: async (subject) => people.all.get(subject) ?? null } }),
    });
    ({ app, url } = await listen({ imports: [policy], controllers: [Shop] }, adapter));
    expect(await get('/basket')).toEqual([200, { id: '42' }]);
    expect(await get('/basket', `Bearer ${token({ sub: 'nobody' })}`)).toEqual([401, 'ERR_SUBJECT_UNKNOWN']);
  });
});
