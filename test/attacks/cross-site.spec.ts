import { type IncomingMessage, request } from 'node:http';
import {
  All,
  Body,
  Controller,
  Delete,
  type ExecutionContext,
  Get,
  Head,
  type INestApplication,
  Options,
  Patch,
  Post,
  Put,
  UseGuards,
} from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { AuthGuard } from '@nestjs/passport';
import {
  Authenticated,
  CrossSite,
  CurrentIdentity,
  firstOf,
  fromAuthorizationHeader,
  fromCookie,
  fromQuery,
  type Identity,
  PermissionsGuard,
  Public,
  type RefusalCode,
  RequirePermission,
  sessionCookies,
  type TokenExtractor,
} from 'nestjs-jwt-policy';
import { GuardedShop, handled } from '../support/guarded-shop.js';
import { mistake } from '../support/mistakes.js';
import { PLATFORMS } from '../support/platforms.js';
import { refusal } from '../support/refusals.js';
import { seconds, token } from '../support/tokens.js';

@Controller('cart')
class Cart {
  @Post()
  @RequirePermission('view')
  post(@CurrentIdentity() me: Identity): object {
    return handled(me);
  }

  @Put()
  @RequirePermission('view')
  put(@CurrentIdentity() me: Identity): object {
    return handled(me);
  }

  @Patch()
  @RequirePermission('view')
  patch(@CurrentIdentity() me: Identity): object {
    return handled(me);
  }

  @Delete()
  @RequirePermission('view')
  remove(@CurrentIdentity() me: Identity): object {
    return handled(me);
  }

  @All('any')
  @Authenticated()
  any(@CurrentIdentity() me: Identity): object {
    return handled(me);
  }
}

@Controller()
class Doors {
  @Post('login')
  @Public()
  login(): object {
    return handled(null);
  }

  @Post('refresh')
  @Public()
  refresh(): object {
    return handled(null);
  }

  @Post('logout')
  @Authenticated()
  logout(): object {
    return handled(null);
  }

  @Post('contact')
  @Public()
  @CrossSite()
  contact(): object {
    return handled(null);
  }

  @Post('undeclared')
  undeclared(): object {
    return handled(null);
  }

  @Post('by-passport')
  @Public()
  @UseGuards(AuthGuard('jwt'))
  passport(@CurrentIdentity() me: Identity): object {
    return handled(me);
  }

  @Post('contact-by-passport')
  @Public()
  @CrossSite()
  @UseGuards(AuthGuard('jwt'))
  contactByPassport(@CurrentIdentity() me: Identity): object {
    return handled(me);
  }
}

const HOST = '127.0.0.1';
const OWN = `https://${HOST}`;
const METADATA = { controllers: [Cart, Doors] };
const access = (claims: Record<string, unknown> = {}): string => `Cookie: __Host-access=${token(claims)}`;
const REFRESH = 'Cookie: __Secure-refresh=r-1';

// Jest would print every header of a row as a column of its own.
const rows = (headers: readonly (readonly string[])[]): [string, readonly string[]][] =>
  headers.map((sent) => [sent.join(' | '), sent]);

describe.each(PLATFORMS)('a request that another site makes a browser send, on %s,', (_name, adapter) => {
  let shop: GuardedShop;
  beforeAll(async () => {
    const cookies = sessionCookies({ origins: ['https://app.example'] });
    shop = await GuardedShop.open(adapter, { cookies }, METADATA);
  });
  afterAll(() => shop.close());

  const post = (path: string, ...headers: string[]) => shop.raw(path, [...headers, 'Content-Length: 0'], 'POST');

  // All that a page of another origin can bring about, and what an attacker might hope that it is.
  const FOREIGN: readonly (readonly string[])[] = [
    ['Sec-Fetch-Site: cross-site'],
    ['Sec-Fetch-Site: same-site'],
    ['Sec-Fetch-Site: cross-site', 'Origin: https://evil.example'],
    ['Sec-Fetch-Site: cross-site', 'Origin: null'],
    ['Sec-Fetch-Site: cross-site', `Origin: ${OWN}`],
    ['Sec-Fetch-Site: same-site', `Origin: https://evil.${HOST}`],
    ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Site: same-origin'],
    ['Sec-Fetch-Site: same-origin', 'Sec-Fetch-Site: cross-site'],
    ['Sec-Fetch-Site: same-origin, cross-site'],
    ['Sec-Fetch-Site: SAME-ORIGIN'],
    ['Sec-Fetch-Site: "same-origin"'],
    ['Sec-Fetch-Site: same-origin;'],
    ['Sec-Fetch-Site:'],
    ['Sec-Fetch-Site: unknown', `Origin: ${OWN}`],
    ['Origin: https://evil.example'],
    ['Origin: null'],
    ['Origin: NULL'],
    ['Origin:'],
    [`Origin: http://${HOST}`],
    [`Origin: ${OWN}:443`],
    [`Origin: ${OWN}:3000`],
    [`Origin: ${OWN}/`],
    [`Origin: ${OWN}/path`],
    [`Origin: HTTPS://${HOST}`],
    [`Origin: ${HOST}`],
    [`Origin: //${HOST}`],
    [`Origin: https://user@${HOST}`],
    [`Origin: https://${HOST}@evil.example`],
    [`Origin: https://sub.${HOST}`],
    [`Origin: https://evil-${HOST}`],
    [`Origin: https://${HOST}.evil.example`],
    [`Origin: https://${HOST}%00.evil.example`],
    [`Origin: ${OWN}, https://evil.example`],
    [`Origin: ${OWN}`, 'Origin: https://evil.example'],
    ['Origin: https://evil.example', `Origin: ${OWN}`],
    [`Origin: ${OWN}`, `Origin: ${OWN}`],
    ['Origin: https://APP.example'],
    ['Origin: https://app.example:443'],
    ['Origin: https://app.example.evil.example'],
    ['Origin: https://evil-app.example'],
    ['Origin: http://app.example'],
    ['Origin: https://evil.example', 'X-Forwarded-Host: evil.example'],
    ['Origin: https://evil.example', 'Forwarded: host=evil.example'],
    ['Origin: https://evil.example', `Referer: ${OWN}/`],
    ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: same-origin', 'X-Requested-With: XMLHttpRequest'],
  ];

  it.each(rows(FOREIGN))('does not reach a handler with a cookie or without: %s', async (_headers, sent) => {
    for (const path of ['/cart', '/login', '/logout', '/by-passport', '/cart/any', '/undeclared']) {
      expect(await post(path, access(), ...sent)).toMatchObject(refusal('ERR_CROSS_SITE'));
    }
    expect(await post('/refresh', REFRESH, ...sent)).toMatchObject(refusal('ERR_CROSS_SITE'));
    expect(await post('/login', ...sent)).toMatchObject(refusal('ERR_CROSS_SITE'));
    expect(await post('/login', 'Authorization: Basic am9lOmpvZQ==', ...sent)).toMatchObject(refusal('ERR_CROSS_SITE'));
  });

  it.each(rows(FOREIGN))('needs no proof with a token in a header: %s', async (_headers, sent) => {
    for (const path of ['/cart', '/login', '/by-passport']) {
      expect(await post(path, `Authorization: Bearer ${token()}`, ...sent)).toMatchObject({ status: 201, handled: 1 });
    }
  });

  it.each([
    [['Sec-Fetch-Site: same-origin']],
    [['Sec-Fetch-Site: none']],
    [['sec-fetch-site: same-origin', 'Origin: null']],
    [[`Origin: ${OWN}`]],
    [['Origin: https://app.example']],
    [['Sec-Fetch-Site: cross-site', 'Origin: https://app.example']],
  ])('is told from one of ours: %j', async (headers) => {
    for (const path of ['/cart', '/login', '/logout', '/by-passport']) {
      expect(await post(path, access(), ...headers)).toMatchObject({ status: 201, handled: 1 });
    }
    expect(await post('/refresh', REFRESH, ...headers)).toMatchObject({ status: 201, handled: 1 });
    expect(await post('/login', ...headers)).toMatchObject({ status: 201, handled: 1 });
  });

  it('does not reach a handler where a cookie comes without a word of where from', async () => {
    for (const path of ['/cart', '/login', '/refresh', '/logout', '/by-passport']) {
      expect(await post(path, access())).toMatchObject(refusal('ERR_CROSS_SITE'));
      expect(await post(path, REFRESH)).toMatchObject(refusal('ERR_CROSS_SITE'));
    }
    expect(await post('/login')).toMatchObject({ status: 201, handled: 1 });
    expect(await post('/login', 'Cookie: theme=dark; __Host-access=')).toMatchObject({ status: 201, handled: 1 });
  });

  it('is refused before anybody looks at the token', async () => {
    for (const claims of [{ exp: seconds(-1) }, { permissions: [] }, { iss: 'https://evil.example' }]) {
      expect(await post('/cart', access(claims), 'Sec-Fetch-Site: cross-site')).toMatchObject(
        refusal('ERR_CROSS_SITE'),
      );
    }
    expect(await post('/cart', 'Cookie: __Host-access=garbage')).toMatchObject(refusal('ERR_CROSS_SITE'));
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('is refused as %s', async (method) => {
    const headers = [access(), 'Content-Length: 0'];
    expect(await shop.raw('/cart', [...headers, 'Sec-Fetch-Site: cross-site'], method)).toMatchObject(
      refusal('ERR_CROSS_SITE'),
    );
    expect(await shop.raw('/cart', [...headers, 'Sec-Fetch-Site: same-origin'], method)).toMatchObject({ handled: 1 });
  });

  it('reads by GET what its cookie opens, as a link does', async () => {
    const answer = await shop.raw('/basket', [access(), 'Sec-Fetch-Site: cross-site']);
    expect(answer).toMatchObject({ status: 200, handled: 1 });
    expect(await shop.raw('/cart/any', [access(), 'Sec-Fetch-Site: cross-site'])).toMatchObject({ handled: 1 });
  });

  it('cannot pass for a GET by a header, nor by the spelling of its method', async () => {
    const headers = [access(), 'Sec-Fetch-Site: cross-site', 'Content-Length: 0'];
    for (const name of ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override']) {
      expect(await shop.raw('/cart/any?_method=GET', [...headers, `${name}: GET`], 'POST')).toMatchObject(
        refusal('ERR_CROSS_SITE'),
      );
    }
    for (const method of ['post', 'Post', 'get', 'GETX', 'P\u00d6ST']) {
      const answer = await shop.raw('/cart/any', headers, method);
      expect(answer).toMatchObject({ handled: 0 });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
    }
  });

  it.each([
    ['by another Host', 'https://evil.example', 'evil.example', 201],
    ['with a port', `${OWN}:8443`, `${HOST}:8443`, 201],
    ['without the port', OWN, `${HOST}:8443`, 403],
    ['with another port', `${OWN}:1`, `${HOST}:8443`, 403],
    ['in capitals', 'https://shop.example', 'SHOP.example', 403],
    ['with a dot at its end', 'https://shop.example', 'shop.example.', 403],
  ])('is compared with the Host that it came to: %s', async (_case, origin, host, status) => {
    // A page of evil.example that resolves to this server has no cookie of another host.
    const headers = { host, origin, cookie: access().slice('Cookie: '.length) };
    expect(await statusOf(`${shop.url}/cart`, headers)).toBe(status);
  });

  it('is refused with two Host headers', async () => {
    const answer = await post('/cart', access(), 'Host: evil.example', 'Origin: https://evil.example');
    expect(answer).toMatchObject({ handled: 0 });
    expect([400, 403]).toContain(answer.status);
  });

  it('is refused with two tokens, whatever it proves', async () => {
    const bearer = `Authorization: Bearer ${token()}`;
    for (const proof of [[], ['Sec-Fetch-Site: same-origin'], ['Sec-Fetch-Site: cross-site']]) {
      for (const path of ['/cart', '/by-passport']) {
        expect(await post(path, bearer, access(), ...proof)).toMatchObject(refusal('ERR_TOKEN_AMBIGUOUS'));
        expect(await post(path, `${access()}; ${access().slice(8)}`, 'Sec-Fetch-Site: same-origin')).toMatchObject(
          refusal('ERR_TOKEN_AMBIGUOUS'),
        );
      }
    }
    expect(await post('/login', bearer, bearer, 'Sec-Fetch-Site: cross-site')).toMatchObject(
      refusal('ERR_TOKEN_AMBIGUOUS'),
    );
    expect(await post('/login', 'Authorization: Basic eA==', 'Authorization: Basic eQ==')).toMatchObject(
      refusal('ERR_TOKEN_AMBIGUOUS'),
    );
    expect(await shop.raw('/basket', [bearer, access()])).toMatchObject(refusal('ERR_TOKEN_AMBIGUOUS'));
  });

  it('needs proof of two refresh cookies as of one, and a log-in of ours is not barred by them', async () => {
    const both = `${REFRESH}; __Secure-refresh=r-2`;
    for (const path of ['/login', '/refresh']) {
      expect(await post(path, both)).toMatchObject(refusal('ERR_CROSS_SITE'));
      expect(await post(path, both, 'Sec-Fetch-Site: cross-site')).toMatchObject(refusal('ERR_CROSS_SITE'));
      expect(await post(path, both, 'Sec-Fetch-Site: same-origin')).toMatchObject({ status: 201, handled: 1 });
    }
  });

  it.each(['\u00a0', '\u000b', '\u000c', '\u0085', '\u00a0 \u00a0'])(
    'cannot plant a cookie behind the white space %j, which its prefix would not protect',
    async (space) => {
      for (const before of ['', 'theme=dark; ']) {
        const planted = `Cookie: ${before}${space}__Host-access=${token()}`;
        const answer = await shop.raw('/basket', [planted]);
        expect(answer).toMatchObject({ handled: 0 });
        // Node itself refuses some of them.
        expect([400, 401]).toContain(answer.status);
      }
    },
  );

  it('cannot bring its own token along to set the refresh cookie free', async () => {
    const bearer = `Authorization: Bearer ${token()}`;
    for (const proof of [[], ['Sec-Fetch-Site: cross-site'], ['Origin: null']]) {
      expect(await post('/refresh', bearer, REFRESH, ...proof)).toMatchObject(refusal('ERR_CROSS_SITE'));
    }
  });

  it('passes where the route takes every site, and Passport does not', async () => {
    for (const headers of [[], ['Sec-Fetch-Site: cross-site'], ['Origin: null'], [access()]]) {
      expect(await post('/contact', ...headers)).toMatchObject({ status: 201, handled: 1 });
    }
    expect(await post('/contact-by-passport', access(), 'Sec-Fetch-Site: cross-site')).toMatchObject(
      refusal('ERR_CROSS_SITE'),
    );
  });

  it('learns nothing of the reason', async () => {
    const answer = await post('/login', 'Origin: https://evil.example');
    expect(answer.body).toEqual({
      statusCode: 403,
      message: 'The request comes from another site',
      error: 'Forbidden',
      code: 'ERR_CROSS_SITE',
    });
  });

  it.each<[string, TokenExtractor, RefusalCode]>([
    ['throws', () => raise(), 'ERR_POLICY_UNAVAILABLE'],
    ['returns nothing', () => undefined as never, 'ERR_CROSS_SITE'],
    ['returns null in a list', () => [null] as never, 'ERR_CROSS_SITE'],
    ['returns an empty text', () => [''], 'ERR_CROSS_SITE'],
  ])('is refused where the extractor %s', async (_what, extract, code) => {
    const broken = await GuardedShop.open(adapter, { cookies: sessionCookies(), extract }, METADATA);
    const send = (path: string, ...headers: string[]) =>
      broken.raw(path, [...headers, 'Sec-Fetch-Site: cross-site', 'Content-Length: 0'], 'POST');
    expect(await send('/login')).toMatchObject(refusal(code));
    expect((await send('/cart', access())).handled).toBe(0);
    expect((await send('/refresh', REFRESH)).handled).toBe(0);
    await broken.close();
  });

  it('is known by cookies of the app’s own, and by none of its tokens in the address', async () => {
    const extract = firstOf(fromAuthorizationHeader(), fromCookie('legacy'), fromQuery('t'));
    const own = await GuardedShop.open(adapter, { cookies: sessionCookies(), extract }, METADATA);
    const legacy = `Cookie: legacy=${token()}`;
    const send = (path: string, ...headers: string[]) => own.raw(path, [...headers, 'Content-Length: 0'], 'POST');
    expect(await send('/cart', legacy)).toMatchObject(refusal('ERR_CROSS_SITE'));
    expect(await send('/cart', legacy, 'Sec-Fetch-Site: cross-site')).toMatchObject(refusal('ERR_CROSS_SITE'));
    expect(await send('/cart', legacy, 'Sec-Fetch-Site: same-origin')).toMatchObject({ handled: 1 });
    expect(await send('/login?t=x', 'Sec-Fetch-Site: cross-site')).toMatchObject(refusal('ERR_CROSS_SITE'));
    expect(await send(`/cart?t=${token()}`)).toMatchObject({ handled: 1 });
    await own.close();
  });
});

describe.each(PLATFORMS)('a guard of one’s own choice on %s', (_name, adapter) => {
  @Controller('guarded')
  @UseGuards(PermissionsGuard)
  class Guarded {
    @Post()
    @RequirePermission('view')
    post(@CurrentIdentity() me: Identity): object {
      return handled(me);
    }

    @Post('login')
    @Public()
    login(): object {
      return handled(null);
    }
  }

  it('asks for proof where it stands, and so does AuthGuard', async () => {
    const shop = await GuardedShop.open(
      adapter,
      { guard: 'manual', cookies: sessionCookies() },
      { controllers: [Guarded, Doors] },
    );
    const post = (path: string, ...headers: string[]) => shop.raw(path, [...headers, 'Content-Length: 0'], 'POST');
    for (const path of ['/guarded', '/guarded/login', '/by-passport']) {
      for (const proof of [[], ['Sec-Fetch-Site: cross-site'], ['Origin: null']]) {
        expect(await post(path, access(), ...proof)).toMatchObject(refusal('ERR_CROSS_SITE'));
      }
      expect(await post(path, access(), 'Sec-Fetch-Site: same-origin')).toMatchObject({ status: 201, handled: 1 });
    }
    expect(await post('/by-passport', access({ exp: seconds(-1) }), 'Sec-Fetch-Site: same-origin')).toMatchObject(
      refusal('ERR_TOKEN_EXPIRED'),
    );
    await shop.close();
  });

  class Lenient extends AuthGuard('jwt') {
    override handleRequest<T>(_error: unknown, user: T): T {
      return user || (null as T);
    }
  }

  @Controller('lenient')
  @UseGuards(Lenient)
  class LenientController {
    @Post()
    post(@CurrentIdentity() me: Identity | null): object {
      return handled(me);
    }
  }

  const manual = (): Promise<GuardedShop> =>
    GuardedShop.open(
      adapter,
      { guard: 'manual', cookies: sessionCookies() },
      { controllers: [Guarded, Doors, LenientController] },
    );

  it('need not stand on a route that sets cookies: log-in, refresh and log-out ask for proof all the same', async () => {
    const shop = await manual();
    const post = (path: string, ...headers: string[]) => shop.raw(path, [...headers, 'Content-Length: 0'], 'POST');
    for (const path of ['/login', '/refresh', '/logout', '/undeclared']) {
      for (const proof of [['Sec-Fetch-Site: cross-site'], ['Origin: null'], ['Origin: https://evil.example']]) {
        expect(await post(path, ...proof)).toMatchObject(refusal('ERR_CROSS_SITE'));
        expect(await post(path, access(), ...proof)).toMatchObject(refusal('ERR_CROSS_SITE'));
      }
      expect(await post(path, REFRESH)).toMatchObject(refusal('ERR_CROSS_SITE'));
      expect(await post(path, REFRESH, 'Sec-Fetch-Site: same-origin')).toMatchObject({ status: 201, handled: 1 });
      expect(await post(path)).toMatchObject({ status: 201, handled: 1 });
      expect(await post(path, `Authorization: Bearer ${token()}`)).toMatchObject({ status: 201, handled: 1 });
    }
    expect(await post('/login', `Authorization: Bearer ${token()}`, access())).toMatchObject(
      refusal('ERR_TOKEN_AMBIGUOUS'),
    );
    expect(await post('/contact', access(), 'Sec-Fetch-Site: cross-site')).toMatchObject({ status: 201, handled: 1 });
    await shop.close();
  });

  it('cannot take a foreign request for an anonymous one by swallowing the refusal', async () => {
    const shop = await manual();
    const post = (...headers: string[]) => shop.raw('/lenient', [...headers, 'Content-Length: 0'], 'POST');
    for (const headers of [[access()], [access(), 'Sec-Fetch-Site: cross-site'], ['Origin: null'], [REFRESH]]) {
      expect(await post(...headers)).toMatchObject(refusal('ERR_CROSS_SITE'));
    }
    expect(await post(access(), 'Sec-Fetch-Site: same-origin')).toMatchObject({ handled: 1, body: { id: '42' } });
    expect(await post('Sec-Fetch-Site: same-origin')).toMatchObject({ handled: 1, body: { id: null } });
    await shop.close();
  });

  it('is asked for no proof without cookies', async () => {
    const shop = await GuardedShop.open(adapter, { guard: 'manual' }, { controllers: [Doors] });
    const headers = ['Sec-Fetch-Site: cross-site', 'Content-Length: 0'];
    expect(await shop.raw('/login', headers, 'POST')).toMatchObject({ handled: 1 });
    await shop.close();
  });
});

describe('a handler outside of HTTP', () => {
  class Listener {
    @Public()
    open(): void {}

    @Public()
    @CrossSite()
    everybody(): void {}

    @Authenticated()
    closed(): void {}

    undeclared(): void {}
  }

  const contextOf = (type: string, name: keyof Listener): ExecutionContext => {
    const context = new ExecutionContextHost([{}, {}], Listener, Reflect.get(Listener.prototype, name));
    context.setType(type);
    return context;
  };
  const unavailable = { status: 503, decision: { code: 'ERR_POLICY_UNAVAILABLE' } };

  it.each(['graphql', 'ws', 'rpc', 'HTTP'])(
    'in a context "%s" cannot be checked, so that it is refused',
    async (type) => {
      const shop = await GuardedShop.open(PLATFORMS[0][1], { cookies: sessionCookies() });
      const guard = shop.app.get(PermissionsGuard);
      const ask = async (name: keyof Listener): Promise<boolean> => guard.canActivate(contextOf(type, name));
      for (const name of ['open', 'undeclared', 'closed'] as const) {
        await expect(ask(name)).rejects.toMatchObject(unavailable);
      }
      await expect(ask('open')).rejects.toMatchObject({ decision: { reason: expect.stringContaining(`"${type}"`) } });
      await expect(ask('everybody')).resolves.toBe(true);
      await shop.close();
    },
  );

  it('runs where no cookie carries a token, and where nothing was to be guarded', async () => {
    const bare = await GuardedShop.open(PLATFORMS[0][1]);
    expect(await bare.app.get(PermissionsGuard).canActivate(contextOf('rpc', 'open'))).toBe(true);
    await bare.close();
    const manual = await GuardedShop.open(PLATFORMS[0][1], { guard: 'manual', cookies: sessionCookies() });
    expect(manual.app.get(PermissionsGuard).welcome(contextOf('graphql', 'closed'))).toBe(true);
    await manual.close();
  });
});

// Express looks for the handler afterwards, Fastify has found it before.
describe.each(PLATFORMS)('an app on %s that takes its methods from the request', (name, adapter) => {
  @Controller('methods')
  @Public()
  class Methods {
    @Post()
    post(): object {
      return handled(null);
    }

    @Get()
    get(): object {
      return handled(null);
    }

    @Options()
    options(): object {
      return handled(null);
    }

    @Head('head')
    head(): void {
      handled(null);
    }

    @All('any')
    any(@Body() _body: unknown): object {
      return handled(null);
    }

    @Post('contact')
    @CrossSite()
    @UseGuards(AuthGuard('jwt'))
    contact(@CurrentIdentity() me: Identity): object {
      return handled(me);
    }
  }

  const foreign = [access(), 'Sec-Fetch-Site: cross-site'];
  const empty = 'Content-Length: 0';
  let shop: GuardedShop;
  beforeAll(async () => {
    const cookies = sessionCookies();
    shop = await GuardedShop.open(adapter, { cookies }, { controllers: [Cart, Doors, Methods] }, override);
  });
  afterAll(() => shop.close());

  it.each(['GET', 'HEAD', 'OPTIONS', 'TRACE'])(
    'does not run a handler that changes something as %s',
    async (method) => {
      for (const path of ['/cart', '/login', '/refresh', '/by-passport']) {
        const answer = await shop.raw(`${path}?_method=${method}`, [...foreign, empty], 'POST');
        expect(answer).toMatchObject({ handled: 0 });
        // Express finds no such handler.
        expect(name === 'fastify' ? [403] : [403, 404]).toContain(answer.status);
      }
      for (const unsafe of ['PUT', 'PATCH', 'DELETE']) {
        expect(await shop.raw(`/cart?_method=${method}`, [...foreign, empty], unsafe)).toMatchObject({ handled: 0 });
      }
    },
  );

  it('does not let Passport take one for a GET, where the route takes every site', async () => {
    const answer = await shop.raw('/methods/contact?_method=GET', [...foreign, empty], 'POST');
    expect(answer).toMatchObject({ handled: 0 });
    expect(answer.status).toBe(name === 'fastify' ? 403 : 404);
  });

  it('is asked for proof of the method that it is to be', async () => {
    for (const method of ['GET', 'POST', 'HEAD']) {
      const answer = await shop.raw('/cart/any?_method=DELETE', [...foreign, empty], method);
      expect(answer).toMatchObject({ status: 403, handled: 0 });
    }
    expect(await shop.raw('/methods?_method=POST', foreign)).toMatchObject(refusal('ERR_CROSS_SITE'));
    const own = [access(), 'Sec-Fetch-Site: same-origin', empty];
    expect(await shop.raw('/cart?_method=DELETE', own, 'POST')).toMatchObject({ handled: 1 });
  });

  it('does not run a handler for all methods with the body of a POST as a GET', async () => {
    const body = ['Content-Type: application/x-www-form-urlencoded', 'Transfer-Encoding: chunked'];
    const chunked = [...foreign, ...body, '', '1', 'a', '0'];
    for (const path of ['/methods/any?_method=GET', '/cart/any?_method=GET']) {
      expect(await shop.raw(path, chunked, 'POST')).toMatchObject(refusal('ERR_CROSS_SITE'));
      expect(await shop.raw(path, [...foreign, 'Content-Length: 1', '', 'a'], 'POST')).toMatchObject(
        refusal('ERR_CROSS_SITE'),
      );
      // Without one it is what a link could bring about.
      expect(await shop.raw(path, [...foreign, empty], 'POST')).toMatchObject({ handled: 1 });
    }
  });

  it('reads by GET, HEAD and OPTIONS what it read before', async () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      expect(await shop.raw('/methods', foreign, method)).toMatchObject({ status: 200, handled: 1 });
    }
    expect(await shop.raw('/methods/head', foreign, 'HEAD')).toMatchObject({ status: 200, handled: 1 });
    expect(await shop.raw('/basket', foreign, 'HEAD')).toMatchObject({ status: 200, handled: 1 });
  });
});

describe('@CrossSite()', () => {
  it.each([
    ['closed', Authenticated()],
    ['undeclared', () => {}],
  ])('is a mistake on a route that is %s', async (_case, declare) => {
    @Controller('wrong')
    class Wrong {
      @Post()
      @CrossSite()
      @declare
      post(): object {
        return {};
      }
    }
    const opened = GuardedShop.open(PLATFORMS[0][1], { cookies: sessionCookies() }, { controllers: [Wrong] });
    await expect(opened).rejects.toMatchObject(mistake('@CrossSite() on Wrong.post', /not public/));
  });

  it('is not inherited by a method that takes the place of another', async () => {
    class Base {
      @Post()
      @Public()
      @CrossSite()
      post(): object {
        return handled(null);
      }
    }
    @Controller('child')
    @Public()
    class Child extends Base {
      @Post()
      override post(): object {
        return handled(null);
      }
    }
    const shop = await GuardedShop.open(PLATFORMS[0][1], { cookies: sessionCookies() }, { controllers: [Child] });
    expect(await shop.raw('/child', ['Origin: null', 'Content-Length: 0'], 'POST')).toMatchObject(
      refusal('ERR_CROSS_SITE'),
    );
    await shop.close();
  });
});

describe('without the option cookies', () => {
  it('no request needs proof', async () => {
    const shop = await GuardedShop.open(PLATFORMS[0][1], { extract: fromCookie('t') }, METADATA);
    const headers = ['Sec-Fetch-Site: cross-site', 'Content-Length: 0'];
    expect(await shop.raw('/login', headers, 'POST')).toMatchObject({ handled: 1 });
    expect(await shop.raw('/cart', [...headers, `Cookie: t=${token()}`], 'POST')).toMatchObject({ handled: 1 });
    await shop.close();
  });
});

function override(app: INestApplication): void {
  app.use((req: IncomingMessage, _res: unknown, next: () => void) => {
    req.method = /[?&]_method=(\w+)/.exec(req.url ?? '')?.[1] ?? req.method;
    next();
  });
}

function raise(): never {
  throw new Error('no');
}

function statusOf(url: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on('error', reject);
    sent.end();
  });
}
