import { Readable } from 'node:stream';
import {
  Body,
  Controller,
  Delete,
  ForbiddenException,
  Get,
  Header,
  HttpCode,
  Logger,
  type MessageEvent,
  Post,
  Req,
  Res,
  Sse,
  StreamableFile,
  type Type,
  UseGuards,
} from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { from, type Observable, of } from 'rxjs';
import {
  Authenticated,
  CurrentIdentity,
  type Identity,
  type JwtPolicyOptions,
  Public,
  RequirePermission,
  sessionCookies,
  type SessionCookies,
  type SessionCookiesOptions,
  TokenService,
} from 'nestjs-jwt-policy';
import { Browser } from '../support/browser.js';
import { stopClock } from '../support/clock.js';
import { GuardedShop, handled } from '../support/guarded-shop.js';
import type { Answer } from '../support/http.js';
import { PLATFORMS } from '../support/platforms.js';
import { refusal } from '../support/refusals.js';
import { seconds, token } from '../support/tokens.js';

const NOW = Date.UTC(2026, 5, 1);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Either platform's response, as a handler that writes to it by hand sees it. */
interface AnyResponse {
  readonly raw?: unknown;
  send(body: unknown): void;
  header(name: string, value: string): void;
}

/** A browser app: its cookies are those that the module was given. */
function controllersWith(cookies: SessionCookies): Type[] {
  @Controller()
  class Doors {
    constructor(private readonly tokens: TokenService) {}

    @Post('login')
    @Public()
    @Header('Set-Cookie', 'theme=dark')
    async login(@Body() _body: unknown, @Res({ passthrough: true }) response: unknown): Promise<object> {
      cookies.set(response, await this.tokens.openSession({ id: 'joe', permissions: ['view'] }));
      return handled(null);
    }

    @Post('refresh')
    @Public()
    async refresh(@Req() request: unknown, @Res({ passthrough: true }) response: unknown): Promise<object> {
      const refreshToken = cookies.refreshToken(request);
      if (refreshToken === null) throw new ForbiddenException();
      cookies.set(response, await this.tokens.refresh(refreshToken));
      return handled(null);
    }

    @Post('logout')
    @Authenticated()
    async logout(@CurrentIdentity() me: Identity, @Res({ passthrough: true }) response: unknown): Promise<object> {
      if (me.token.sessionId) await this.tokens.closeSession(me.token.sessionId, me.id);
      cookies.clear(response);
      return handled(null);
    }
  }

  @Controller('pages')
  @RequirePermission('view')
  class Pages {
    constructor(private readonly tokens: TokenService) {}

    @Get()
    @Header('Cache-Control', 'public, max-age=3600')
    show(@CurrentIdentity() me: Identity): object {
      return handled(me);
    }

    @Post()
    add(@CurrentIdentity() me: Identity): object {
      return handled(me);
    }

    @Delete()
    @HttpCode(204)
    remove(@CurrentIdentity() me: Identity): void {
      handled(me);
    }

    @Get('fail')
    fail(@CurrentIdentity() me: Identity): never {
      handled(me);
      throw new ForbiddenException('of the handler');
    }

    @Get('open')
    @Public()
    open(): object {
      return handled(null);
    }

    @Get('clear')
    clear(@Res({ passthrough: true }) response: unknown): object {
      cookies.clear(response);
      return handled(null);
    }

    @Get('set')
    async set(@Res({ passthrough: true }) response: unknown): Promise<object> {
      cookies.set(response, await this.tokens.issue({ id: 'ann' }));
      return handled(null);
    }

    @Get('raw')
    async raw(@Res({ passthrough: true }) response: AnyResponse): Promise<object> {
      response.header('Set-Cookie', 'theme=light');
      cookies.set(response.raw ?? response, await this.tokens.openSession({ id: 'ann' }));
      return handled(null);
    }

    @Get('raw-file')
    async rawFile(@Res({ passthrough: true }) response: AnyResponse): Promise<StreamableFile> {
      response.header('Set-Cookie', 'theme=light');
      cookies.set(response.raw ?? response, await this.tokens.openSession({ id: 'ann' }));
      return new StreamableFile(Readable.from(['a']));
    }

    @Get('revoke')
    async revoke(@CurrentIdentity() me: Identity): Promise<object> {
      await this.tokens.revoke(me.token);
      return handled(me);
    }

    @Get('revoke-all')
    async revokeAll(@CurrentIdentity() me: Identity): Promise<object> {
      await this.tokens.revokeAll(me.id);
      return handled(me);
    }

    @Get('by-hand')
    byHand(@Res() response: AnyResponse): void {
      response.send(handled(null));
    }

    @Get('file')
    file(): StreamableFile {
      handled(null);
      return new StreamableFile(Readable.from(['a', 'b']));
    }

    @Get('observable')
    observable(): Observable<object> {
      return from([{ n: 1 }, handled(null)]);
    }

    @Get('promised-observable')
    async promised(): Promise<Observable<object>> {
      return of(handled(null));
    }

    @Sse('events')
    events(): Observable<MessageEvent> {
      handled(null);
      return of({ data: 'a' });
    }

    @Get('passport')
    @Public()
    @UseGuards(AuthGuard('jwt'))
    passport(@CurrentIdentity() me: Identity): object {
      return handled(me);
    }
  }

  return [Doors, Pages];
}

const setBy = (answer: Answer): string[] => answer.headers.getSetCookie().map((line) => line.split('=', 1)[0]);

describe.each(PLATFORMS)('a browser app with cookies on %s', (_name, adapter) => {
  const shops: GuardedShop[] = [];
  const open = async (
    options: SessionCookiesOptions = {},
    module: Partial<JwtPolicyOptions> = {},
  ): Promise<GuardedShop> => {
    const cookies = sessionCookies(options);
    const shop = await GuardedShop.open(adapter, { ...module, cookies }, { controllers: controllersWith(cookies) });
    shops.push(shop);
    return shop;
  };
  const post = { method: 'POST' };

  beforeEach(() => stopClock(NOW));
  afterEach(async () => {
    jest.restoreAllMocks();
    Logger.overrideLogger(false);
    jest.useRealTimers();
    await Promise.all(shops.splice(0).map((shop) => shop.close()));
  });

  describe('from the log-in to the log-out', () => {
    it('is used by a browser that knows nothing of tokens', async () => {
      const browser = new Browser((await open()).url);
      expect(await browser.send('/pages')).toMatchObject({ status: 401, body: { code: 'ERR_TOKEN_MISSING' } });
      const login = await browser.send('/login', post);
      expect(login.status).toBe(201);
      expect(setBy(login)).toEqual(['theme', '__Host-access', '__Secure-refresh']);
      expect(login.headers.get('cache-control')).toBe('no-store');
      expect(Object.keys(browser.cookies('/pages'))).toEqual(['theme', '__Host-access']);
      expect(Object.keys(browser.cookies('/refresh'))).toContain('__Secure-refresh');
      for (const path of ['/pages', '/basket', '/me', '/passport']) {
        expect(await browser.send(path)).toMatchObject({ status: 200, body: { id: 'joe', permissions: ['view'] } });
      }
      expect(await browser.send('/pages', post)).toMatchObject({ status: 201 });

      const before = { ...browser.cookies('/refresh') };
      expect((await browser.send('/refresh', post)).status).toBe(201);
      const after = browser.cookies('/refresh');
      expect(after['__Host-access']).not.toBe(before['__Host-access']);
      expect(after['__Secure-refresh']).not.toBe(before['__Secure-refresh']);
      expect(await browser.send('/pages')).toMatchObject({ status: 200 });

      const logout = await browser.send('/logout', post);
      expect(logout.status).toBe(201);
      expect(browser.cookies('/refresh')).toEqual({ theme: 'dark' });
      expect(await browser.send('/pages')).toMatchObject({ status: 401, body: { code: 'ERR_TOKEN_MISSING' } });
      expect(await browser.send('/refresh', post)).toMatchObject({ status: 403 });
      browser.keep('__Host-access', after['__Host-access']);
      expect(await browser.send('/pages')).toMatchObject({ status: 401, body: { code: 'ERR_TOKEN_REVOKED' } });
    });

    it('lets the browser forget each cookie when its token ends', async () => {
      const browser = new Browser((await open()).url);
      await browser.send('/login', post);
      jest.setSystemTime(NOW + 15 * MINUTE - 1000);
      expect((await browser.send('/pages')).status).toBe(200);
      jest.setSystemTime(NOW + 15 * MINUTE);
      expect(Object.keys(browser.cookies('/refresh'))).toEqual(['theme', '__Secure-refresh']);
      expect((await browser.send('/refresh', post)).status).toBe(201);
      expect((await browser.send('/pages')).status).toBe(200);
    });

    it('has cookies of other names, paths and domains', async () => {
      const { url } = await open({
        access: { name: 'shop.token', path: '/pages', domains: ['shop.example', 'shop.test'] },
        refresh: { name: '__Secure-again', path: '/refresh' },
        sameSite: 'strict',
      });
      const browser = new Browser(url, 'https://www.shop.example');
      const login = await browser.send('/login', post);
      expect(setBy(login)).toEqual(['theme', 'shop.token', 'shop.token', '__Secure-again']);
      expect(Object.keys(browser.cookies('/pages'))).toEqual(['theme', 'shop.token']);
      expect(Object.keys(browser.cookies('/basket'))).toEqual(['theme']);
      expect(browser.cookies('/pages', 'https://search.example')).toEqual({ theme: 'dark' });
      expect((await browser.send('/pages')).status).toBe(200);
      expect((await browser.send('/refresh', post)).status).toBe(201);
    });

    it('takes plain http in development', async () => {
      const browser = new Browser((await open({ insecure: 'development' })).url, 'http://localhost:3000');
      await browser.send('/login', post);
      expect(Object.keys(browser.cookies('/refresh'))).toEqual(['theme', 'access', 'refresh']);
      expect((await browser.send('/pages', post)).status).toBe(201);
      expect((await browser.send('/pages', { ...post, from: 'http://localhost:5173' })).body).toMatchObject({
        code: 'ERR_CROSS_SITE',
      });
    });
  });

  describe('whose handler knows the platform', () => {
    it.each(['/pages/raw', '/pages/raw-file'])(
      'is given what is set on what the platform wraps, by %s',
      async (path) => {
        const browser = new Browser((await open()).url);
        await browser.send('/login', post);
        const answer = await browser.send(path);
        expect(answer.status).toBe(200);
        expect(setBy(answer)).toEqual(['theme', '__Host-access', '__Secure-refresh']);
        expect(answer.headers.get('cache-control')).toBe('no-store');
        expect((await browser.send('/me')).body).toMatchObject({ id: 'ann' });
      },
    );
  });

  describe('that was sent two refresh cookies', () => {
    it('refuses to refresh, and can be logged in to', async () => {
      const shop = await open();
      const own = ['Sec-Fetch-Site: same-origin', 'Content-Length: 0'];
      const two = ['Cookie: __Secure-refresh=a; __Secure-refresh=b', ...own];
      expect(await shop.raw('/refresh', two, 'POST')).toMatchObject(refusal('ERR_TOKEN_AMBIGUOUS'));
      const login = await shop.raw('/login', two, 'POST');
      expect(login).toMatchObject({ status: 201, handled: 1 });
      expect(setBy(login)).toEqual(['theme', '__Host-access', '__Secure-refresh']);
    });
  });

  describe('towards other sites', () => {
    it.each(['of today', 'of yesterday'] as const)('is safe in a browser %s', async (age) => {
      const shop = await open({ origins: ['https://app.shop.example'] });
      const browser = new Browser(shop.url, 'https://shop.example', age);
      const evil = { ...post, from: 'https://evil.example' };
      const neighbour = { ...post, from: 'https://blog.shop.example' };
      const friend = { ...post, from: 'https://app.shop.example' };
      for (const sender of [evil, neighbour]) {
        expect((await browser.send('/login', sender)).body).toMatchObject({ code: 'ERR_CROSS_SITE' });
      }
      expect((await browser.send('/login', friend)).status).toBe(201);
      for (const sender of [evil, neighbour]) {
        for (const path of ['/pages', '/refresh', '/logout', '/login']) {
          expect((await browser.send(path, sender)).body).toMatchObject({ code: 'ERR_CROSS_SITE' });
        }
      }
      for (const path of ['/pages', '/refresh']) expect((await browser.send(path, friend)).status).toBe(201);
      expect(await browser.send('/pages', { from: 'https://search.example' })).toMatchObject({ status: 200 });
      expect((await browser.send('/logout', post)).status).toBe(201);
    });
  });

  describe('refuses', () => {
    it.each<[string, string, Parameters<typeof refusal>[0]]>([
      ['garbage', 'garbage', 'ERR_TOKEN_INVALID'],
      ['a quoted text', '"a"', 'ERR_TOKEN_INVALID'],
      ['bytes', 'Ã¼%00%ff', 'ERR_TOKEN_INVALID'],
      ['an endless text', 'a'.repeat(10_000), 'ERR_TOKEN_INVALID'],
      ['nothing', '', 'ERR_TOKEN_MISSING'],
    ])('%s in the cookie', async (_what, value, code) => {
      const shop = await open();
      const headers = [`Cookie: __Host-access=${value}`, 'Sec-Fetch-Site: same-origin'];
      for (const path of ['/pages', '/passport']) expect(await shop.raw(path, headers)).toMatchObject(refusal(code));
      expect(await shop.raw('/pages', [...headers, 'Content-Length: 0'], 'POST')).toMatchObject(refusal(code));
    });

    it.each<[string, () => Record<string, unknown>, object]>([
      ['that has expired', () => ({ exp: seconds(-1) }), refusal('ERR_TOKEN_EXPIRED')],
      ['of another issuer', () => ({ iss: 'https://evil.example' }), refusal('ERR_TOKEN_INVALID')],
      ['for something else', () => ({ permissions: ['edit'] }), refusal('ERR_PERMISSION_MISSING', 'view')],
    ])('a token %s in the cookie', async (_what, claims, expected) => {
      const shop = await open();
      expect(await shop.raw('/pages', [`Cookie: __Host-access=${token(claims())}`])).toMatchObject(expected);
    });

    it('a token in the cookie and another one in the header', async () => {
      const shop = await open();
      const headers = [`Cookie: __Host-access=${token()}`, `Authorization: Bearer ${token()}`];
      for (const path of ['/pages', '/passport']) {
        expect(await shop.raw(path, headers)).toMatchObject(refusal('ERR_TOKEN_AMBIGUOUS'));
      }
    });

    it('the refresh token as an access token, and the cookie of an app without them', async () => {
      const browser = new Browser((await open()).url);
      await browser.send('/login', post);
      const { '__Secure-refresh': refresh, '__Host-access': access } = browser.cookies('/refresh');
      browser.keep('__Host-access', refresh);
      expect(await browser.send('/pages')).toMatchObject({ status: 401, body: { code: 'ERR_TOKEN_INVALID' } });
      const bare = await GuardedShop.open(adapter);
      shops.push(bare);
      expect(await bare.raw('/basket', [`Cookie: __Host-access=${access}`])).toMatchObject(
        refusal('ERR_TOKEN_MISSING'),
      );
    });
  });

  describe('with renewal', () => {
    const RENEWAL: SessionCookiesOptions = { renewAfter: '5m', renewUntil: '1h' };

    /** A browser that logged in so long ago. */
    async function loggedIn(age: number, module: Partial<JwtPolicyOptions> = {}, shop?: GuardedShop) {
      const opened = shop ?? (await open(RENEWAL, module));
      const browser = new Browser(opened.url);
      jest.setSystemTime(NOW - age);
      await browser.send('/login', post);
      jest.setSystemTime(NOW);
      return { shop: opened, browser };
    }

    it('gets a new cookie for one of an age, and none before', async () => {
      const { browser } = await loggedIn(5 * MINUTE - 1000);
      const before = browser.cookies()['__Host-access'];
      expect(setBy(await browser.send('/pages'))).toEqual([]);
      jest.setSystemTime(NOW + 1000);
      const answer = await browser.send('/pages');
      expect(answer).toMatchObject({ status: 200, body: { id: 'joe' } });
      expect(setBy(answer)).toEqual(['__Host-access']);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(browser.cookies()['__Host-access']).not.toBe(before);
      const next = await browser.send('/pages');
      expect(next).toMatchObject({ status: 200, body: { id: 'joe', permissions: ['view'] } });
      expect(setBy(next)).toEqual([]);
      expect(next.headers.get('cache-control')).toBe('public, max-age=3600');
    });

    it('stays logged in while it is used, until the end', async () => {
      const { browser } = await loggedIn(0);
      let renewals = 0;
      for (let minute = 6; minute < 60; minute += 6) {
        jest.setSystemTime(NOW + minute * MINUTE);
        const answer = await browser.send('/pages', post);
        expect(answer.status).toBe(201);
        renewals += setBy(answer).length;
      }
      expect(renewals).toBe(9);
      jest.setSystemTime(NOW + HOUR);
      expect(setBy(await browser.send('/pages'))).toEqual([]);
      jest.setSystemTime(NOW + HOUR + 9 * MINUTE);
      expect((await browser.send('/pages')).status).toBe(401);
    });

    it('is logged out of all tokens that it ever had, by the end of the session', async () => {
      const { browser, shop } = await loggedIn(0);
      const had = [browser.cookies()['__Host-access']];
      for (const minute of [6, 12, 18]) {
        jest.setSystemTime(NOW + minute * MINUTE);
        await browser.send('/pages');
        had.push(browser.cookies()['__Host-access']);
      }
      expect(new Set(had).size).toBe(4);
      expect((await browser.send('/logout', post)).status).toBe(201);
      // The first has ended by itself.
      for (const stolen of had.slice(1)) {
        const answer = await shop.raw('/pages', [`Cookie: __Host-access=${stolen}`]);
        expect(answer).toMatchObject(refusal('ERR_TOKEN_REVOKED'));
      }
    });

    it('gets none for a token without a session, which no log-out could follow', async () => {
      const { shop } = await loggedIn(0);
      const renew = jest.spyOn(shop.tokens, 'renew');
      jest.setSystemTime(NOW - 6 * MINUTE);
      const issued = await shop.tokens.issue({ id: 'joe', permissions: ['view'] });
      jest.setSystemTime(NOW);
      for (const text of [issued.token, token({ iat: seconds(-400), auth_time: seconds(-400) })]) {
        const answer = await shop.raw('/pages', [`Cookie: __Host-access=${text}`]);
        expect([answer.status, setBy(answer)]).toEqual([200, []]);
      }
      expect(renew).not.toHaveBeenCalled();
    });

    it('is logged out when it is not used', async () => {
      const { browser } = await loggedIn(15 * MINUTE);
      expect(await browser.send('/pages')).toMatchObject({ status: 401, body: { code: 'ERR_TOKEN_MISSING' } });
    });

    it.each(['/pages', '/pages/file', '/pages/observable', '/pages/promised-observable', '/pages/passport'])(
      'gets it with %s',
      async (path) => {
        const { browser } = await loggedIn(6 * MINUTE);
        const answer = await browser.send(path);
        expect(answer.status).toBe(200);
        expect(setBy(answer)).toEqual(['__Host-access']);
        expect((await browser.send('/pages')).status).toBe(200);
      },
    );

    it('gets it with an empty answer', async () => {
      const { browser } = await loggedIn(6 * MINUTE);
      const answer = await browser.send('/pages', { method: 'DELETE' });
      expect([answer.status, setBy(answer)]).toEqual([204, ['__Host-access']]);
    });

    it.each([
      ['the handler fails', '/pages/fail', 403, []],
      ['the handler logs out', '/pages/clear', 200, ['__Host-access', '__Secure-refresh']],
      ['the handler sets it', '/pages/set', 200, ['__Host-access']],
      ['the handler revokes the token', '/pages/revoke', 200, []],
      ['the handler revokes all tokens', '/pages/revoke-all', 200, []],
      ['the handler sends the answer by hand', '/pages/by-hand', 200, []],
      ['nobody is asked for', '/pages/open', 200, []],
      ['the route is refused', '/forgotten', 403, []],
    ])('gets none where %s', async (_case, path, status, lines) => {
      const { browser, shop } = await loggedIn(6 * MINUTE);
      const renew = jest.spyOn(shop.tokens, 'renew');
      const answer = await browser.send(path);
      expect([answer.status, setBy(answer)]).toEqual([status, lines]);
      // Not even made, where it is clear from the start that it is not for anybody.
      expect(renew.mock.calls.length).toBe(path.includes('revoke') ? 1 : 0);
    });

    it('gets none with a stream of events, whose headers have left', async () => {
      const { browser, shop } = await loggedIn(6 * MINUTE);
      const renew = jest.spyOn(shop.tokens, 'renew');
      const response = await fetch(`${shop.url}/pages/events`, {
        headers: { cookie: `__Host-access=${browser.cookies()['__Host-access']}` },
      });
      expect(await response.text()).toContain('data: a');
      expect(response.headers.getSetCookie()).toEqual([]);
      expect(renew).not.toHaveBeenCalled();
    });

    it('is logged out for good by the answer to the log-out', async () => {
      const { browser } = await loggedIn(6 * MINUTE);
      const answer = await browser.send('/logout', post);
      expect(setBy(answer)).toEqual(['__Host-access', '__Secure-refresh']);
      expect(browser.cookies()).toEqual({ theme: 'dark' });
    });

    it('gets none for a token in the header', async () => {
      const { browser, shop } = await loggedIn(6 * MINUTE);
      const answer = await shop.raw('/pages', [`Authorization: Bearer ${browser.cookies()['__Host-access']}`]);
      expect([answer.status, setBy(answer)]).toEqual([200, []]);
    });

    it('gets none when the token is revoked while it is renewed', async () => {
      const { browser, shop } = await loggedIn(6 * MINUTE);
      const { tokens } = shop;
      const renew = tokens.renew.bind(tokens);
      jest.spyOn(tokens, 'renew').mockImplementation(async (verified) => {
        const renewed = await renew(verified);
        await tokens.revokeAll('joe');
        return renewed;
      });
      const answer = await browser.send('/pages');
      expect([answer.status, setBy(answer)]).toEqual([200, []]);
      expect((await browser.send('/pages')).status).toBe(401);
    });

    it('gets the permissions of today', async () => {
      let permissions = ['view'];
      const load = async () => ({ permissions });
      const { browser } = await loggedIn(6 * MINUTE, { identify: { load, freshness: 'token' } });
      permissions = ['view', 'edit'];
      await browser.send('/pages');
      expect((await browser.send('/pages')).body).toMatchObject({ permissions: ['view', 'edit'] });
    });

    it.each([
      ['is gone', async () => null],
      ['is disabled', async () => ({ permissions: ['view'], disabled: true })],
    ])('gets none for somebody who %s', async (_case, load) => {
      const { browser } = await loggedIn(6 * MINUTE, { identify: { load, freshness: 'token' } });
      const lines = captured();
      const answer = await browser.send('/pages');
      expect([answer.status, setBy(answer)]).toEqual([200, []]);
      expect(lines).toEqual([]);
    });

    it('answers with the old cookie when it cannot be renewed, and says so in the log', async () => {
      const { browser } = await loggedIn(6 * MINUTE, { identify: { load: unavailable, freshness: 'token' } });
      const lines = captured();
      const answer = await browser.send('/pages');
      expect(answer).toMatchObject({ status: 200, body: { id: 'joe' } });
      expect(setBy(answer)).toEqual([]);
      expect(lines).toEqual([expect.stringMatching(/^An access cookie could not be renewed.*database down/s)]);
    });

    it.each<[string, unknown]>([
      ['throws text', 'text'],
      ['throws an error without a cause', new Error('odd')],
    ])('answers when whoever renews %s, and when the log cannot be written', async (_case, thrown) => {
      const { browser, shop } = await loggedIn(6 * MINUTE);
      jest.spyOn(shop.tokens, 'renew').mockRejectedValue(thrown);
      const lines = captured();
      expect((await browser.send('/pages')).status).toBe(200);
      expect(lines).toHaveLength(1);
      Logger.overrideLogger({ log: unwritable, warn: unwritable, error: unwritable, debug: unwritable });
      expect((await browser.send('/pages')).status).toBe(200);
    });

    it.each<[string, object]>([
      ['that is not told', { auth_time: undefined }],
      ['in the future', { auth_time: NOW / 1000 + 10 }],
      ['in milliseconds', { auth_time: NOW }],
      ['as a text', { auth_time: '0' }],
      ['long ago', { auth_time: NOW / 1000 - 3600 }],
    ])('is not kept logged in by a log-in %s', async (_case, claims) => {
      const { shop } = await loggedIn(0);
      const { sessionId: sid } = await shop.tokens.openSession({ id: '42' });
      const sent = async (auth_time: object) => {
        const old = token({ iat: seconds(-400), exp: seconds(600), sid, ...auth_time });
        return setBy(await shop.raw('/pages', [`Cookie: __Host-access=${old}`]));
      };
      expect(await sent(claims)).toEqual([]);
      expect(await sent({ auth_time: seconds(-400) })).toEqual(['__Host-access']);
    });

    it('keeps the session and the time of the log-in', async () => {
      const { browser } = await loggedIn(6 * MINUTE);
      const before = claimsIn(browser);
      await browser.send('/pages');
      expect(claimsIn(browser)).toMatchObject({
        sub: 'joe',
        iat: seconds(),
        auth_time: seconds(-360),
        sid: before.sid,
      });
    });

    it('is told once in the log that a token has become too long for a cookie', async () => {
      let permissions = ['view'];
      const load = async () => ({ permissions });
      const { browser } = await loggedIn(6 * MINUTE, { identify: { load, freshness: 'token' } });
      permissions = ['view', 'x'.repeat(4000)];
      const lines = captured();
      for (const _ of [1, 2, 3]) {
        const answer = await browser.send('/pages');
        expect([answer.status, setBy(answer)]).toEqual([200, []]);
      }
      expect(lines).toEqual([expect.stringMatching(/^An access cookie is not renewed: .*so long a token/)]);
    });

    it('mixes nobody up in parallel', async () => {
      const { shop } = await loggedIn(0);
      jest.setSystemTime(NOW - 6 * MINUTE);
      const people = await Promise.all(
        Array.from({ length: 20 }, async (_, i) => {
          const browser = new Browser(shop.url);
          const opened = await shop.tokens.openSession({ id: `p-${i}`, permissions: ['view'] });
          browser.keep('__Host-access', opened.token);
          return { id: `p-${i}`, browser };
        }),
      );
      jest.setSystemTime(NOW);
      await Promise.all(people.flatMap(({ browser }) => ['/pages', '/me', '/pages'].map((path) => browser.send(path))));
      jest.setSystemTime(NOW + 11 * MINUTE);
      const answers = await Promise.all(people.map(({ browser }) => browser.send('/pages')));
      expect(answers.map(({ body }) => body)).toMatchObject(people.map(({ id }) => ({ id })));
    });
  });

  it('keeps two apps in one process apart', async () => {
    const one = await open({ renewAfter: '5m' });
    const other = await open({ access: { name: '__Host-other' }, refresh: { path: '/' } });
    const [a, b] = [new Browser(one.url, 'https://a.example'), new Browser(other.url, 'https://b.example')];
    await Promise.all([a.send('/login', post), b.send('/login', post)]);
    expect(Object.keys(a.cookies('/refresh'))).toEqual(['theme', '__Host-access', '__Secure-refresh']);
    expect(Object.keys(b.cookies('/refresh'))).toEqual(['theme', '__Host-other', '__Host-refresh']);
    jest.setSystemTime(NOW + 6 * MINUTE);
    expect(setBy(await a.send('/pages'))).toEqual(['__Host-access']);
    expect(setBy(await b.send('/pages'))).toEqual([]);
    const stolen = [`Cookie: __Host-access=${b.cookies()['__Host-other']}; __Host-other=x`];
    expect(await other.raw('/pages', stolen)).toMatchObject(refusal('ERR_TOKEN_INVALID'));
  });

  it('pays for an interceptor where something is renewed, and nowhere else', async () => {
    const bare = await GuardedShop.open(adapter);
    shops.push(bare);
    expect(interceptorsOf(bare).filter(Boolean)).toEqual([]);
    expect(interceptorsOf(await open()).filter(Boolean)).toEqual([]);
    expect(interceptorsOf(await open({ renewAfter: '5m' }))).toHaveLength(1);
  });
});

function claimsIn(browser: Browser): Record<string, unknown> {
  const [, payload] = browser.cookies()['__Host-access'].split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
}

function unavailable(): Promise<never> {
  return Promise.reject(new Error('database down'));
}

function unwritable(): never {
  throw new Error('disk full');
}

function interceptorsOf({ app }: GuardedShop): unknown[] {
  return (app as unknown as { config: { getGlobalInterceptors(): unknown[] } }).config.getGlobalInterceptors();
}

function captured(): string[] {
  const lines: string[] = [];
  const write = (line: string, stack?: string): void => void lines.push(`${line} ${stack ?? ''}`);
  Logger.overrideLogger({ log: write, warn: write, error: write, debug: () => {} });
  return lines;
}
