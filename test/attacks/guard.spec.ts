/* oxlint-disable unicorn/consistent-function-scoping -- small helpers stand beside the claims that they serve */
import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  ForbiddenException,
  Get,
  HttpException,
  Logger,
  Post,
  Req,
  UseGuards,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { AuthGuard } from '@nestjs/passport';
import {
  anyOf,
  Authenticated,
  CurrentIdentity,
  firstOf,
  Freshness,
  fromAuthorizationHeader,
  fromCookie,
  fromHeader,
  fromQuery,
  type Identity,
  InvalidToken,
  PermissionsGuard,
  Public,
  RequirePermission,
  type TokenExtractor,
} from 'nestjs-jwt-policy';
import { cpuMilliseconds } from '../support/cpu.js';
import { GuardedShop, handled } from '../support/guarded-shop.js';
import { PLATFORMS } from '../support/platforms.js';
import { refusal } from '../support/refusals.js';
import { seconds, token } from '../support/tokens.js';

const bearer = (claims: Record<string, unknown> = {}): string => `Bearer ${token(claims)}`;

@Catch()
class CatchAll implements ExceptionFilter {
  constructor(private readonly host: HttpAdapterHost) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const status = exception instanceof HttpException ? exception.getStatus() : 500;
    this.host.httpAdapter.reply(host.switchToHttp().getResponse(), { caught: true }, status);
  }
}

@Controller('shelf')
@RequirePermission('view')
class Shelf {
  @Get()
  show(): object {
    return handled(null);
  }

  @Get('edit')
  @RequirePermission('edit')
  edit(): object {
    return handled(null);
  }

  @Get('either')
  @RequirePermission(anyOf('edit', 'audit'))
  either(): object {
    return handled(null);
  }

  @Get('twice')
  @RequirePermission('edit')
  @RequirePermission('audit')
  twice(): object {
    return handled(null);
  }

  @Get('open')
  @Public()
  open(): object {
    return handled(null);
  }

  @Get('known')
  @Authenticated()
  known(): object {
    return handled(null);
  }
}

@Controller('inherited')
class InheritedShelf extends Shelf {
  override edit(): object {
    return handled(null);
  }

  @Get('either')
  @RequirePermission('admin')
  override either(): object {
    return handled(null);
  }
}

@Controller('lobby')
@Public()
class Lobby {
  @Get()
  show(): object {
    return handled(null);
  }

  @Get('office')
  @RequirePermission('edit')
  office(): object {
    return handled(null);
  }
}

@Controller('annex')
class Annex extends Lobby {}

describe.each(PLATFORMS)('the guard on %s', (_name, adapter) => {
  const shops: GuardedShop[] = [];
  const open = async (
    ...rest: Parameters<typeof GuardedShop.open> extends [unknown, ...infer Rest] ? Rest : never
  ): Promise<GuardedShop> => {
    const shop = await GuardedShop.open(adapter, ...rest);
    shops.push(shop);
    return shop;
  };
  afterEach(async () => {
    Logger.overrideLogger(false);
    await Promise.all(shops.splice(0).map((shop) => shop.close()));
  });

  describe('fails closed', () => {
    it.each<[string, () => unknown]>([
      [
        'throws',
        () => {
          throw new Error('database down');
        },
      ],
      [
        'throws nothing',
        () => {
          throw undefined;
        },
      ],
      [
        'throws a number',
        () => {
          throw 200;
        },
      ],
      ['rejects', () => Promise.reject(new Error('database down'))],
      ['rejects with nothing', () => Promise.reject()],
      ['rejects with an HTTP exception of 200', () => Promise.reject(new HttpException('fine', 200))],
      ['rejects with an HTTP exception of 403', () => Promise.reject(new ForbiddenException())],
      ['rejects with an error about a token', () => Promise.reject(new InvalidToken('ERR_TOKEN_EXPIRED', 'x'))],
      ['returns an empty object', () => ({})],
      ['returns text', () => 'view'],
      ['returns a number', () => 1],
      ['returns true', () => true],
      ['returns false', () => false],
      ['returns the permissions alone', () => ['view']],
      ['returns permissions as text', () => ({ permissions: 'view' })],
      ['returns permissions of null', () => ({ permissions: null })],
      ['returns permissions as a Set', () => ({ permissions: new Set(['view']) })],
      ['returns permissions that are numbers', () => ({ permissions: ['view', 1] })],
      ['returns permissions in a list in a list', () => ({ permissions: [['view']] })],
      [
        'returns what throws when it is read',
        () => ({
          get permissions(): never {
            throw new Error('lazy');
          },
        }),
      ],
      ['returns a function', () => () => ({ permissions: ['view'] })],
    ])('answers 503 where the loader %s', async (_what, load) => {
      const shop = await open({ identify: { load: load as never } });
      expect(await shop.get('/basket', bearer())).toMatchObject(refusal('ERR_POLICY_UNAVAILABLE'));
      expect(await shop.get('/me', bearer())).toMatchObject(refusal('ERR_POLICY_UNAVAILABLE'));
      expect(await shop.get('/passport', bearer())).toMatchObject(refusal('ERR_POLICY_UNAVAILABLE'));
    });

    it.each<[string, unknown]>([
      ['null', null],
      ['undefined', undefined],
      ['a disabled person', { permissions: ['view'], disabled: true }],
      ['a person disabled by 1', { permissions: ['view'], disabled: 1 }],
      ['a person disabled by t', { permissions: ['view'], disabled: 't' }],
    ])('answers 401 where the loader returns %s', async (_what, loaded) => {
      const shop = await open({ identify: { load: () => Promise.resolve(loaded as never) } });
      expect(await shop.get('/basket', bearer())).toMatchObject(refusal('ERR_SUBJECT_UNKNOWN'));
      expect(await shop.get('/passport', bearer())).toMatchObject(refusal('ERR_SUBJECT_UNKNOWN'));
    });

    it('does not ask the loader about a token that is not good', async () => {
      let asked = 0;
      const load = () => {
        asked += 1;
        return Promise.resolve({ permissions: ['view'] });
      };
      const shop = await open({ identify: { load } });
      expect(await shop.get('/basket', `${bearer().slice(0, -10)}AAAAAAAAAA`)).toMatchObject(
        refusal('ERR_TOKEN_INVALID'),
      );
      expect(await shop.get('/basket', bearer({ exp: seconds(-1) }))).toMatchObject(refusal('ERR_TOKEN_EXPIRED'));
      expect(await shop.get('/basket')).toMatchObject(refusal('ERR_TOKEN_MISSING'));
      expect(asked).toBe(0);
    });

    it('counts what the loader says and not what the token says', async () => {
      const shop = await open({ identify: { load: () => Promise.resolve({ permissions: ['edit'] }) } });
      expect(await shop.get('/basket', bearer({ permissions: ['view'] }))).toMatchObject(
        refusal('ERR_PERMISSION_MISSING', 'view'),
      );
    });

    it.each<[string, TokenExtractor, Parameters<typeof refusal>[0]]>([
      [
        'throws',
        () => {
          throw new Error('no');
        },
        'ERR_POLICY_UNAVAILABLE',
      ],
      ['returns nothing', () => undefined as never, 'ERR_POLICY_UNAVAILABLE'],
      ['returns null', () => null as never, 'ERR_POLICY_UNAVAILABLE'],
      ['returns an object', () => ({ 0: token() }) as never, 'ERR_POLICY_UNAVAILABLE'],
      ['returns a promise', () => Promise.resolve([token()]) as never, 'ERR_POLICY_UNAVAILABLE'],
      ['returns the bare text', () => token() as never, 'ERR_TOKEN_AMBIGUOUS'],
      ['returns a number', () => [1] as never, 'ERR_TOKEN_INVALID'],
      ['returns null in a list', () => [null] as never, 'ERR_TOKEN_INVALID'],
      ['returns an empty text', () => [''], 'ERR_TOKEN_INVALID'],
      ['returns the token in two lists', () => [[token()]] as never, 'ERR_TOKEN_INVALID'],
      ['returns the token twice', () => Array<string>(2).fill(token()), 'ERR_TOKEN_AMBIGUOUS'],
      ['returns an empty list', () => [], 'ERR_TOKEN_MISSING'],
    ])('refuses where an extractor %s', async (_what, extract, code) => {
      const shop = await open({ extract });
      expect(await shop.get('/me', bearer())).toMatchObject(refusal(code));
      expect(await shop.get('/passport', bearer())).toMatchObject(refusal(code));
    });

    it('refuses where the log cannot be written', async () => {
      const shop = await open();
      const fail = (): never => {
        throw new Error('disk full');
      };
      Logger.overrideLogger({ log: fail, error: fail, warn: fail, debug: fail, verbose: fail, fatal: fail });
      for (const path of ['/me', '/passport', '/forgotten']) {
        expect(await shop.get(path, 'Bearer garbage')).toMatchObject({ handled: 0, challenge: null });
      }
      expect(await shop.get('/me', 'Bearer garbage')).toMatchObject(refusal('ERR_POLICY_UNAVAILABLE'));
    });

    it.each(['rpc', 'ws', 'graphql', 'HTTP', 'http '])(
      'refuses in a context of the unknown type "%s"',
      async (type) => {
        const { app } = await open();
        class Listener {
          @RequirePermission('view')
          listen(): void {}
        }
        const raw = { rawHeaders: ['Authorization', bearer()], url: '/' };
        const context = new ExecutionContextHost([raw, {}], Listener, Reflect.get(Listener.prototype, 'listen'));
        context.setType(type);
        const guard = app.get(PermissionsGuard);
        await expect((async () => guard.canActivate(context))()).rejects.toMatchObject({
          status: 503,
          decision: { allowed: false, code: 'ERR_POLICY_UNAVAILABLE' },
        });
      },
    );

    it.each([undefined, null, {}, { headers: { authorization: bearer() } }, { rawHeaders: 'Authorization' }, 'x'])(
      'refuses a request that is %j',
      async (raw) => {
        const { app } = await open();
        class Listener {
          @Authenticated()
          listen(): void {}
        }
        const context = new ExecutionContextHost([raw, {}], Listener, Reflect.get(Listener.prototype, 'listen'));
        await expect((async () => app.get(PermissionsGuard).canActivate(context))()).rejects.toMatchObject({
          status: 503,
        });
      },
    );

    it('keeps status and challenge under a filter that catches everything', async () => {
      const shop = await open({}, {}, (app) => app.useGlobalFilters(new CatchAll(app.get(HttpAdapterHost))));
      const caught = { body: { caught: true } };
      expect(await shop.get('/basket')).toMatchObject({ ...refusal('ERR_TOKEN_MISSING'), ...caught });
      expect(await shop.get('/basket', 'Bearer x')).toMatchObject({ ...refusal('ERR_TOKEN_INVALID'), ...caught });
      expect(await shop.get('/basket', bearer({ permissions: [] }))).toMatchObject({
        ...refusal('ERR_PERMISSION_MISSING', 'view'),
        ...caught,
      });
      expect(await shop.get('/forgotten', bearer())).toMatchObject({ ...refusal('ERR_ROUTE_UNDECLARED'), ...caught });
    });

    it('keeps the challenge of AuthGuard under a filter that catches everything', async () => {
      const shop = await open({}, {}, (app) => app.useGlobalFilters(new CatchAll(app.get(HttpAdapterHost))));
      expect(await shop.get('/passport', 'Bearer x')).toMatchObject({
        ...refusal('ERR_TOKEN_INVALID'),
        body: { caught: true },
      });
    });
  });

  describe('takes one token per request', () => {
    const text = token();
    const header = `Authorization: Bearer ${text}`;
    const cookie = `Cookie: access=${text}`;
    const both = firstOf(fromAuthorizationHeader(), fromCookie('access'));

    it.each<[string, string[], TokenExtractor, string]>([
      ['two equal Authorization headers', [header, header], fromAuthorizationHeader(), '/me'],
      ['two different Authorization headers', [header, `authorization: ${bearer()}`], fromAuthorizationHeader(), '/me'],
      ['a good one and garbage', [header, 'Authorization: Bearer x'], fromAuthorizationHeader(), '/me'],
      ['garbage and a good one', ['Authorization: Bearer x', header], fromAuthorizationHeader(), '/me'],
      ['Bearer and Basic', [header, 'Authorization: Basic am9lOnB3'], fromAuthorizationHeader(), '/me'],
      ['Basic and Bearer', ['AUTHORIZATION: Basic am9lOnB3', header], fromAuthorizationHeader(), '/me'],
      ['Bearer and an empty header', [header, 'Authorization:'], fromAuthorizationHeader(), '/me'],
      ['three headers', [header, header, header], fromAuthorizationHeader(), '/me'],
      ['a header and a cookie', [header, cookie], both, '/me'],
      ['a cookie and a header', [cookie, header], both, '/me'],
      ['a cookie twice in one header', [`${cookie}; access=${text}`], fromCookie('access'), '/me'],
      ['a cookie twice in two headers', [cookie, cookie], fromCookie('access'), '/me'],
      ['a cookie and its empty twin', [`Cookie: access=; theme=dark; access=${text}`], fromCookie('access'), '/me'],
      ['a query parameter twice', [], fromQuery('access'), `/me?access=${text}&access=${text}`],
      ['a query parameter twice, once escaped', [], fromQuery('access'), `/me?access=${text}&%61ccess=x`],
      ['a header of its own twice', [`X-Access: ${text}`, `x-access: ${text}`], fromHeader('X-Access'), '/me'],
      [
        'a header and a query parameter',
        [header],
        firstOf(fromAuthorizationHeader(), fromQuery('access')),
        `/me?access=${text}`,
      ],
    ])('refuses %s', async (_what, headers, extract, path) => {
      const shop = await open({ extract });
      expect(await shop.raw(path, headers)).toMatchObject(refusal('ERR_TOKEN_AMBIGUOUS'));
      expect(await shop.raw(path.replace('/me', '/passport'), headers)).toMatchObject(refusal('ERR_TOKEN_AMBIGUOUS'));
    });

    it.each<[string, string[], TokenExtractor, string]>([
      ['a header', [header], both, '/me'],
      ['a header beside an emptied cookie', [header, 'Cookie: access='], both, '/me'],
      ['a cookie', [`Cookie: theme=dark; access=${text}; accessory=x`], both, '/me'],
      ['a cookie beside one of another case', [`Cookie: ACCESS=x; access=${text}`], fromCookie('access'), '/me'],
      ['a query parameter', [], fromQuery('access'), `/me?x=1&access=${text}`],
      ['a header of its own', [`X-Access: ${text}`], fromHeader('X-Access'), '/me'],
    ])('takes it from %s', async (_what, headers, extract, path) => {
      const shop = await open({ extract });
      expect(await shop.raw(path, headers)).toMatchObject({ status: 200, body: { id: '42' }, handled: 1 });
    });
  });

  describe('with its default options', () => {
    let shop: GuardedShop;
    beforeAll(async () => {
      shop = await GuardedShop.open(adapter, {}, { controllers: [Shelf, InheritedShelf, Lobby, Annex] });
    });
    afterAll(() => shop.close());

    it.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('takes the scheme %s', async (scheme) => {
      expect(await shop.raw('/me', [`Authorization: ${scheme} ${token()}`])).toMatchObject({ status: 200, handled: 1 });
      expect(await shop.raw('/me', [`Authorization: ${scheme}    ${token()}  `])).toMatchObject({
        status: 200,
        handled: 1,
      });
    });

    it.each<[string, (text: string) => string]>([
      ['Basic', (text) => `Basic ${text}`],
      ['JWT', (text) => `JWT ${text}`],
      ['Token', (text) => `Token ${text}`],
      ['DPoP', (text) => `DPoP ${text}`],
      ['no scheme', (text) => text],
      ['a scheme that begins with Bearer', (text) => `Bearerx ${text}`],
      ['a scheme that ends with Bearer', (text) => `xBearer ${text}`],
      ['a tab after the scheme', (text) => `Bearer\t${text}`],
      ['a colon after the scheme', (text) => `Bearer: ${text}`],
      ['quotes around the scheme', (text) => `"Bearer" ${text}`],
      ['another scheme before', (text) => `Basic x, Bearer ${text}`],
      ['an equals sign', (text) => `Bearer=${text}`],
    ])('finds no token after %s', async (_what, write) => {
      expect(await shop.raw('/me', [`Authorization: ${write(token())}`])).toMatchObject(refusal('ERR_TOKEN_MISSING'));
    });

    it.each<[string, (text: string) => string]>([
      ['nothing', () => ''],
      ['a tab', (text) => `\t${text}`],
      ['a blank and a tab', (text) => ` \t${text}`],
      ['quotes', (text) => `"${text}"`],
      ['a comma behind', (text) => `${text},`],
      ['two tokens', (text) => `${text} ${text}`],
      ['two tokens with a comma', (text) => `${text}, Bearer ${text}`],
      ['a parameter behind', (text) => `${text} realm="x"`],
      ['the scheme twice', (text) => `Bearer ${text}`],
      ['a byte of Latin-1', (text) => `${text}\u00e9`],
    ])('refuses Bearer with %s', async (_what, write) => {
      expect(await shop.raw('/me', [`Authorization: Bearer ${write(token())}`])).toMatchObject(
        refusal('ERR_TOKEN_INVALID'),
      );
    });

    it.each<[string, string, string[]]>([
      ['in the query', `/me?access_token=${token()}`, []],
      ['in the query as authorization', `/me?authorization=${bearer().replace(' ', '%20')}`, []],
      ['in a cookie', '/me', [`Cookie: access_token=${token()}; Authorization=${token()}; jwt=${token()}`]],
      ['in X-Access-Token', '/me', [`X-Access-Token: ${token()}`]],
      ['in Proxy-Authorization', '/me', [`Proxy-Authorization: ${bearer()}`]],
      ['in X-Authorization', '/me', [`X-Authorization: ${bearer()}`]],
      ['in X-Forwarded-Authorization', '/me', [`X-Forwarded-Authorization: ${bearer()}`]],
      ['in Sec-WebSocket-Protocol', '/me', [`Sec-WebSocket-Protocol: ${token()}`]],
    ])('does not look for a token %s', async (_what, path, headers) => {
      expect(await shop.raw(path, headers)).toMatchObject(refusal('ERR_TOKEN_MISSING'));
    });

    it('does not look for a token in a body', async () => {
      const form = {
        method: 'POST',
        body: `access_token=${token()}`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      };
      const json = {
        method: 'POST',
        body: JSON.stringify({ access_token: token() }),
        headers: { 'content-type': 'application/json' },
      };
      expect(await shop.get('/basket', undefined, json)).toMatchObject(refusal('ERR_TOKEN_MISSING'));
      const answer = await shop.get('/basket', undefined, form);
      expect([401, 415]).toContain(answer.status);
      expect(answer.handled).toBe(0);
    });

    it.each<[string, string]>([
      ['Bearer and letters', `Bearer ${'a'.repeat(15_900)}`],
      ['letters', 'a'.repeat(15_900)],
      ['Bearers', 'Bearer'.repeat(2650)],
      ['dots', `Bearer ${'.'.repeat(15_900)}`],
    ])('refuses 15.9 kB of %s for less than 5 ms of CPU', async (_what, value) => {
      const answer = await shop.raw('/me', [`Authorization: ${value}`]);
      expect(answer).toMatchObject({ status: 401, handled: 0 });
      expect(await cpuMilliseconds(() => shop.raw('/me', [`Authorization: ${value}`]), 21)).toBeLessThan(5);
    });

    const SPELLINGS = [
      '/basket',
      '/basket/',
      '//basket',
      '/basket//',
      '/BASKET',
      '/%62asket',
      '/basket?x',
      '/basket?',
      '/basket#x',
      '/./basket',
      '/x/../basket',
      '/basket;x=1',
      '/basket%2f',
      '/basket%00',
      '/basket.json',
      'http://evil.example/basket',
    ];
    it.each(
      SPELLINGS.flatMap((path) =>
        ['GET', 'HEAD', 'POST', 'OPTIONS', 'PUT', 'DELETE', 'PATCH'].map((method) => [method, path]),
      ),
    )('does not run a handler for %s %s without a token', async (method, path) => {
      for (const headers of [
        [],
        ['Authorization: Bearer garbage'],
        ['X-HTTP-Method-Override: GET', 'X-Original-URL: /open'],
      ]) {
        const answer = await shop.raw(path, [...headers, 'Content-Length: 0'], method);
        expect(answer.handled).toBe(0);
        const isOurs = answer.status === 401 && answer.challenge?.startsWith('Bearer realm=');
        expect(isOurs || [400, 404, 405].includes(answer.status) || method === 'OPTIONS').toBe(true);
      }
    });

    it.each(SPELLINGS)('answers HEAD %s as it answers GET', async (path) => {
      const [get, head] = [await shop.raw(path, []), await shop.raw(path, [], 'HEAD')];
      expect([head.status, head.challenge, head.body]).toEqual([get.status, get.challenge, '']);
    });

    it.each<[string, string[], number, string | undefined]>([
      ['/shelf', ['view'], 200, undefined],
      ['/shelf', ['edit'], 403, 'view'],
      ['/shelf/edit', ['view', 'edit'], 200, undefined],
      ['/shelf/edit', ['edit'], 403, 'view'],
      ['/shelf/edit', ['view'], 403, 'edit'],
      ['/shelf/edit', [], 403, 'view edit'],
      ['/shelf/either', ['view', 'audit'], 200, undefined],
      ['/shelf/either', ['audit'], 403, 'view'],
      ['/shelf/either', ['view'], 403, 'edit'],
      ['/shelf/twice', ['view', 'edit', 'audit'], 200, undefined],
      ['/shelf/twice', ['view', 'edit'], 403, 'audit'],
      ['/shelf/known', ['view'], 200, undefined],
      ['/shelf/known', [], 403, 'view'],
      ['/inherited', ['view'], 200, undefined],
      ['/inherited', ['edit'], 403, 'view'],
      ['/inherited/either', ['view', 'edit', 'admin'], 200, undefined],
      ['/inherited/either', ['view', 'admin'], 403, 'edit'],
      ['/inherited/either', ['admin'], 403, 'view edit'],
      ['/inherited/either', ['view', 'edit'], 403, 'admin'],
      ['/inherited/twice', ['view', 'edit'], 403, 'audit'],
      ['/lobby/office', ['edit'], 200, undefined],
      ['/lobby/office', ['view'], 403, 'edit'],
      ['/annex/office', ['view'], 403, 'edit'],
    ])('decides %s for %j: %i', async (path, permissions, status, scope) => {
      const answer = await shop.get(path, bearer({ permissions }));
      expect(answer).toMatchObject(status === 200 ? { status, handled: 1 } : refusal('ERR_PERMISSION_MISSING', scope));
    });

    it.each([
      '/shelf',
      '/shelf/edit',
      '/shelf/either',
      '/shelf/twice',
      '/shelf/known',
      '/inherited',
      '/inherited/twice',
      '/inherited/known',
      '/lobby/office',
      '/annex/office',
    ])('asks for a token on %s', async (path) => {
      expect(await shop.get(path)).toMatchObject(refusal('ERR_TOKEN_MISSING'));
    });

    it.each(['/shelf/open', '/lobby', '/inherited/open'])('leaves %s open', async (path) => {
      expect(await shop.get(path)).toMatchObject({ status: 200, handled: 1 });
    });

    it('does not open a class for what its parent opened', async () => {
      expect(await shop.get('/annex')).toMatchObject(refusal('ERR_ROUTE_UNDECLARED'));
    });

    it('does not route to an overriding method without a decorator of its own', async () => {
      expect(await shop.get('/inherited/edit', bearer({ permissions: ['view'] }))).toMatchObject({ handled: 0 });
    });
  });

  describe('with a default permission', () => {
    let shop: GuardedShop;
    beforeAll(async () => {
      const decide = { defaultPermission: 'member', undeclared: 'authenticated' } as const;
      shop = await GuardedShop.open(adapter, { decide }, { controllers: [Shelf, Lobby] });
    });
    afterAll(() => shop.close());

    it.each<[string, string[], string | null]>([
      ['/shelf', ['view', 'member'], null],
      ['/shelf', ['view'], 'member'],
      ['/shelf', ['member'], 'view'],
      ['/shelf/edit', ['member'], 'view edit'],
      ['/me', ['member'], null],
      ['/me', ['view'], 'member'],
      ['/forgotten', ['member'], null],
      ['/forgotten', ['view'], 'member'],
      ['/lobby/office', ['edit'], 'member'],
    ])('decides %s for %j', async (path, permissions, scope) => {
      const answer = await shop.get(path, bearer({ permissions }));
      expect(answer).toMatchObject(
        scope === null ? { status: 200, handled: 1 } : refusal('ERR_PERMISSION_MISSING', scope),
      );
    });
  });

  describe('among parallel requests on kept-alive connections', () => {
    @Controller('who')
    class Who {
      @Get()
      @RequirePermission('view')
      @UseGuards(AuthGuard('jwt'), PermissionsGuard)
      async who(
        @CurrentIdentity() me: Identity,
        @CurrentIdentity() again: Identity,
        @Req() req: { user: Identity },
      ): Promise<object> {
        await wait(Math.random() * 5);
        return { ids: [me.id, again.id, req.user.id, me.user, me.token.subject], jti: me.token.id };
      }

      @Post()
      @RequirePermission('edit')
      edit(): object {
        return handled(null);
      }
    }

    it('never mixes identities and loads each exactly once', async () => {
      const loads = new Map<string, number>();
      const load = async (subject: string, { id }: { id: string }) => {
        loads.set(id, (loads.get(id) ?? 0) + 1);
        await wait(Math.random() * 10);
        return subject === 'gone' ? null : { permissions: ['view'], user: subject };
      };
      const shop = await open({ identify: { load } }, { controllers: [Who] });
      const agent = new Agent({ keepAlive: true, maxSockets: 12 });
      const exchanges = Array.from({ length: 200 }, (_, i) => {
        const jti = `token-${i}`;
        const person = `person-${i % 23}`;
        const good = { method: 'GET', jti, authorization: bearer({ sub: person, jti }) };
        const asked = [
          { ...good, answer: { status: 200, body: { ids: Array<string>(5).fill(person), jti } }, loads: 1 },
          {
            ...good,
            authorization: `${good.authorization}A`,
            answer: { status: 401, body: { code: 'ERR_TOKEN_INVALID' } },
            loads: 0,
          },
          { ...good, authorization: undefined, answer: { status: 401, body: { code: 'ERR_TOKEN_MISSING' } }, loads: 0 },
          {
            ...good,
            authorization: bearer({ sub: 'gone', jti }),
            answer: { status: 401, body: { code: 'ERR_SUBJECT_UNKNOWN' } },
            loads: 1,
          },
          { ...good, method: 'POST', answer: { status: 403, body: { code: 'ERR_PERMISSION_MISSING' } }, loads: 1 },
        ];
        return asked[i % 3 === 0 ? (i / 3) % 5 : 0];
      });
      const answers = await Promise.all(
        exchanges.map(({ method, authorization }) => ask(`${shop.url}/who`, method, agent, authorization)),
      );
      agent.destroy();
      expect(answers).toMatchObject(exchanges.map(({ answer }) => answer));
      expect(exchanges.map(({ jti }) => loads.get(jti) ?? 0)).toEqual(exchanges.map((exchange) => exchange.loads));
    });

    it('loads anew for the next request of the same token', async () => {
      let permissions = ['view'];
      let loads = 0;
      const load = () => {
        loads += 1;
        return Promise.resolve({ permissions });
      };
      const shop = await open({ identify: { load } });
      const authorization = bearer();
      expect(await shop.get('/basket', authorization)).toMatchObject({ status: 200, handled: 1 });
      permissions = [];
      expect(await shop.get('/basket', authorization)).toMatchObject(refusal('ERR_PERMISSION_MISSING', 'view'));
      expect(loads).toBe(2);
    });
  });

  it('beats a memo of the token by @Freshness("live")', async () => {
    @Controller('strict')
    @UseGuards(AuthGuard('jwt'), PermissionsGuard)
    class Strict {
      @Get()
      @Freshness('live')
      @RequirePermission('view')
      show(@CurrentIdentity() me: Identity): object {
        return handled(me);
      }

      @Get('lenient')
      @RequirePermission('view')
      lenient(@CurrentIdentity() me: Identity): object {
        return handled(me);
      }
    }
    const load = () => Promise.resolve({ permissions: ['edit'] });
    const shop = await open({ guard: 'manual', identify: { load, freshness: 'token' } }, { controllers: [Strict] });
    expect(await shop.get('/strict/lenient', bearer())).toMatchObject({ status: 200, handled: 1 });
    expect(await shop.get('/strict', bearer())).toMatchObject(refusal('ERR_PERMISSION_MISSING', 'view'));
  });
});

function ask(
  url: string,
  method: string,
  agent: Agent,
  authorization?: string,
): Promise<{ status?: number; body: unknown }> {
  const headers = authorization === undefined ? {} : { authorization };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode, body: JSON.parse(Buffer.concat(chunks).toString()) }),
      );
    });
    sent.on('error', reject);
    sent.end();
  });
}
