import { AmbiguousToken, sessionCookies } from 'nestjs-jwt-policy';
import { rememberReply } from '../../../libs/jwt-policy/src/cookies/response-headers.js';
import { stopClock } from '../../support/clock.js';

const NOW = Date.UTC(2026, 0, 1);
const SESSION = {
  token: 'a.b.c',
  expiresAt: new Date(NOW + 900_500),
  refreshToken: 'r-1',
  refreshExpiresAt: new Date(NOW + 86_400_000),
};
const ACCESS =
  '__Host-access=a.b.c; Max-Age=900; Expires=Thu, 01 Jan 2026 00:15:00 GMT; Path=/; Secure; HttpOnly; SameSite=Lax';
const REFRESH =
  '__Secure-refresh=r-1; Max-Age=86400; Expires=Fri, 02 Jan 2026 00:00:00 GMT; Path=/refresh; Secure; HttpOnly; SameSite=Strict';
const GONE = 'Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT';

/** What Node and Express have of a response. */
class NodeResponse {
  headersSent = false;
  readonly headers = new Map<string, unknown>();
  getHeader(name: string): unknown {
    return this.headers.get(name.toLowerCase());
  }
  setHeader(name: string, value: unknown): void {
    this.headers.set(name.toLowerCase(), value);
  }
}

/** What Fastify has of one: lines of Set-Cookie are added to those that are there. */
class Reply {
  sent = false;
  raw = new NodeResponse();
  readonly headers = new Map<string, unknown>();
  getHeader(name: string): unknown {
    return this.headers.get(name.toLowerCase());
  }
  removeHeader(name: string): void {
    this.headers.delete(name.toLowerCase());
  }
  header(name: string, value: string | string[]): void {
    const before = this.headers.get(name.toLowerCase());
    const adds = name.toLowerCase() === 'set-cookie' && before !== undefined;
    this.headers.set(name.toLowerCase(), adds ? [before, value].flat() : value);
  }
}

const linesOf = (response: NodeResponse | Reply): unknown => response.headers.get('set-cookie');

beforeAll(() => stopClock(NOW));
afterAll(() => jest.useRealTimers());

describe.each([
  ['Node', () => new NodeResponse()],
  ['Fastify', () => new Reply()],
])('session cookies on a response of %s', (_name, newResponse) => {
  const cookies = sessionCookies();

  it('live as long as the tokens, and are not for caches', () => {
    const response = newResponse();
    cookies.set(response, SESSION);
    expect(linesOf(response)).toEqual([ACCESS, REFRESH]);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('leave the refresh token alone where there is none', () => {
    const response = newResponse();
    cookies.set(response, { token: 'a.b.c', expiresAt: SESSION.expiresAt });
    expect(linesOf(response)).toEqual([ACCESS]);
  });

  it('are cleared with the attributes that they were set with', () => {
    const response = newResponse();
    cookies.clear(response);
    expect(linesOf(response)).toEqual([
      `__Host-access=; ${GONE}; Path=/; Secure; HttpOnly; SameSite=Lax`,
      `__Secure-refresh=; ${GONE}; Path=/refresh; Secure; HttpOnly; SameSite=Strict`,
    ]);
  });

  it('are said once: what comes later takes the place of what came before', () => {
    const response = newResponse();
    cookies.clear(response);
    cookies.set(response, SESSION);
    expect(linesOf(response)).toEqual([ACCESS, REFRESH]);
    cookies.set(response, { ...SESSION, token: 'd.e.f' });
    expect(linesOf(response)).toEqual([ACCESS.replace('a.b.c', 'd.e.f'), REFRESH]);
    cookies.clear(response);
    expect(linesOf(response)).toHaveLength(2);
    expect(String(linesOf(response))).not.toContain('d.e.f');
  });

  it.each([
    ['of another name', 'theme=dark; Path=/'],
    ['of another path', '__Secure-refresh=x; Path=/other; Secure'],
    ['without a path', '__Secure-refresh=x; Secure'],
    ['of another domain', '__Host-access=x; Domain=other.example; Path=/'],
    ['of another case', '__HOST-ACCESS=x; Path=/'],
    ['whose value looks like one', 'x=__Host-access=a; Path=/'],
    ['without a name', '__Host-access; Path=/'],
    ['of another white space', '\u00a0__Host-access=x; Path=/'],
    ['of a path with another white space', '__Host-access=x; Path=/\u00a0'],
    ['that is empty', ''],
  ])('leave a cookie %s as it is', (_case, line) => {
    const response = newResponse();
    response.headers.set('set-cookie', line);
    cookies.set(response, SESSION);
    expect(linesOf(response)).toEqual([line, ACCESS, REFRESH]);
    response.headers.set('set-cookie', [line, 'other=1']);
    cookies.set(response, SESSION);
    expect(linesOf(response)).toEqual([line, 'other=1', ACCESS, REFRESH]);
  });

  it.each([
    ['as it is', '__Host-access=x; Path=/'],
    ['in another spelling', '\t __Host-access = x;PATH= /\t ; secure'],
    ['by the last of its paths', '__Host-access=x; Path=/other; Path=/'],
  ])('replace one of the same name, domain and path, %s', (_case, line) => {
    const response = newResponse();
    response.headers.set('set-cookie', line);
    cookies.set(response, SESSION);
    expect(linesOf(response)).toEqual([ACCESS, REFRESH]);
  });

  it('are set for each of several domains', () => {
    const response = newResponse();
    const wide = sessionCookies({ access: { domains: ['shop.example', 'shop.test'] }, refresh: { path: '/auth' } });
    wide.set(response, SESSION);
    wide.set(response, SESSION);
    const [, end] = ACCESS.split('; Path');
    const access = ACCESS.replace('__Host', '__Secure').replace('; Path', '; Domain=shop.example; Path');
    expect(end).toBeDefined();
    expect(linesOf(response)).toEqual([
      access,
      access.replace('Domain=shop.example', 'Domain=shop.test'),
      REFRESH.replace('/refresh', '/auth'),
    ]);
    response.headers.set('set-cookie', '__Secure-access=x; Domain=.SHOP.example; Path=/');
    wide.clear(response);
    expect(linesOf(response)).toEqual([
      `__Secure-access=; ${GONE}; Domain=shop.example; Path=/; Secure; HttpOnly; SameSite=Lax`,
      `__Secure-access=; ${GONE}; Domain=shop.test; Path=/; Secure; HttpOnly; SameSite=Lax`,
      `__Secure-refresh=; ${GONE}; Path=/auth; Secure; HttpOnly; SameSite=Strict`,
    ]);
  });

  it('are over at once when the token is', () => {
    const response = newResponse();
    cookies.set(response, { token: 'a.b.c', expiresAt: new Date(NOW - 5000) });
    expect(String(linesOf(response))).toContain('Max-Age=0;');
  });

  it.each<[string, object, RegExp]>([
    ['no token', { token: undefined }, /is no token/],
    ['an empty token', { token: '' }, /is no token/],
    ['a token with a semicolon', { token: 'a; Domain=evil.example' }, /is no token/],
    ['a token with a line break', { token: 'a\r\nSet-Cookie: b=c' }, /is no token/],
    ['a token beyond ASCII', { token: 'ä' }, /is no token/],
    ['a refresh token that is none', { refreshToken: 'a b' }, /__Secure-refresh is no token/],
    ['a token that no browser keeps', { token: 'a'.repeat(4096 - 12) }, /too long/],
    ['no end', { expiresAt: undefined }, /not said when/],
    ['an end that is none', { expiresAt: new Date(Number.NaN) }, /not said when/],
    ['no end of the refresh token', { refreshExpiresAt: undefined }, /not said when the cookie __Secure-refresh/],
  ])('are not set for a session with %s', (_case, change, problem) => {
    const response = newResponse();
    let message = '';
    try {
      cookies.set(response, { ...SESSION, ...change });
    } catch (error) {
      message = error instanceof TypeError ? error.message : '';
    }
    expect(message).toMatch(problem);
    expect(message).not.toContain('a.b.c');
    expect(response.headers.size).toBe(0);
  });

  it('are set with the longest token that browsers keep', () => {
    const response = newResponse();
    const token = 'a'.repeat(4096 - '__Host-access'.length);
    cookies.set(response, { ...SESSION, token });
    expect(String(linesOf(response))).toContain(token);
  });
});

describe('session cookies', () => {
  it('that are set on what a reply wraps go with the reply', () => {
    const reply = new Reply();
    rememberReply(reply);
    reply.header('Set-Cookie', 'theme=dark');
    sessionCookies().set(reply.raw, SESSION);
    expect(linesOf(reply)).toEqual(['theme=dark', ACCESS, REFRESH]);
    expect(reply.raw.headers.size).toBe(0);
    rememberReply(reply.raw);
    rememberReply(undefined);
    expect(Object.getOwnPropertySymbols(reply.raw)).toHaveLength(1);
  });

  it('do not go with a response that has left', () => {
    const node = Object.assign(new NodeResponse(), { headersSent: true });
    const reply = Object.assign(new Reply(), { sent: true });
    const raw = Object.assign(new Reply(), { raw: node });
    for (const response of [node, reply, raw]) {
      expect(() => sessionCookies().set(response, SESSION)).toThrow('has left already');
      expect(() => sessionCookies().clear(response)).toThrow('has left already');
    }
  });

  it.each([undefined, null, {}, 'x', { header: () => {} }, { header: () => {}, removeHeader: () => {}, raw: {} }])(
    'do not go with %p',
    (response) => {
      expect(() => sessionCookies().clear(response)).toThrow('not a response of an HTTP platform');
    },
  );

  it('find the refresh token of a request', () => {
    const cookies = sessionCookies();
    const found = (...rawHeaders: string[]): string | null => cookies.refreshToken({ raw: { rawHeaders } });
    expect(found('Cookie', 'a=b; __Secure-refresh=r-1')).toBe('r-1');
    expect(found('Cookie', '__Secure-refresh=')).toBeNull();
    expect(found('Cookie', '__secure-refresh=r-1')).toBeNull();
    expect(found()).toBeNull();
    expect(() => found('Cookie', '__Secure-refresh=a', 'Cookie', '__Secure-refresh=a')).toThrow(AmbiguousToken);
    expect(() => cookies.refreshToken({})).toThrow('not a request of an HTTP platform');
  });
});
