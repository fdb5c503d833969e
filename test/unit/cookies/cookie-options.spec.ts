import {
  firstOf,
  fromAuthorizationHeader,
  fromCookie,
  fromQuery,
  sessionCookies,
  type SessionCookiesOptions,
  type TokenExtractor,
} from 'nestjs-jwt-policy';
import { checkOptions } from '../../../libs/jwt-policy/src/jwt-policy.options.js';
import { OPTIONS } from '../../support/guarded-shop.js';
import { mistake, mistakeOf } from '../../support/mistakes.js';

const namesFor = (options?: SessionCookiesOptions): string[] => {
  const { access, refresh } = sessionCookies(options).rules;
  return [access[0].name, refresh[0].name];
};

describe('the names of session cookies', () => {
  it.each<[string, SessionCookiesOptions | undefined, string[]]>([
    ['are kept to the host where that is possible', undefined, ['__Host-access', '__Secure-refresh']],
    ['as soon as the path allows it', { refresh: { path: '/' } }, ['__Host-access', '__Host-refresh']],
    ['and not where the path is narrower', { access: { path: '/api' } }, ['__Secure-access', '__Secure-refresh']],
    ['nor for domains', { access: { domains: ['shop.example'] } }, ['__Secure-access', '__Secure-refresh']],
    ['are plain in development', { insecure: 'development' }, ['access', 'refresh']],
    [
      'can be others',
      { access: { name: 'shop.token' }, refresh: { name: '__Secure-r' } },
      ['shop.token', '__Secure-r'],
    ],
    [
      'are the usual ones where undefined is written',
      { access: { name: undefined }, refresh: undefined },
      ['__Host-access', '__Secure-refresh'],
    ],
    ['can be others in development', { access: { name: 'a' }, insecure: 'development' }, ['a', 'refresh']],
  ])('%s', (_case, options, names) => {
    expect(namesFor(options)).toEqual(names);
  });
});

describe('the attributes of session cookies', () => {
  it('are Strict for both on demand', () => {
    const { access, refresh } = sessionCookies({ sameSite: 'strict' }).rules;
    expect(access[0].attributes).toBe('; Path=/; Secure; HttpOnly; SameSite=Strict');
    expect(refresh[0].attributes).toBe('; Path=/refresh; Secure; HttpOnly; SameSite=Strict');
  });

  it('leave out Secure in development alone', () => {
    const { access, refresh, scheme } = sessionCookies({ insecure: 'development' }).rules;
    expect(access[0].attributes).toBe('; Path=/; HttpOnly; SameSite=Lax');
    expect(refresh[0].attributes).toBe('; Path=/refresh; HttpOnly; SameSite=Strict');
    expect(scheme).toBe('http://');
  });
});

describe('the options of session cookies', () => {
  it.each<[string, unknown, string, RegExp]>([
    ['nothing', null, 'cookies', /no object|not an object/],
    ['an unknown option', { httpOnly: false }, 'cookies.httpOnly', /not an option/],
    ['an unknown option of a cookie', { access: { secure: false } }, 'cookies.access.secure', /not an option/],
    ['SameSite=None', { sameSite: 'none' }, 'cookies.sameSite', /unknown value/],
    ['SameSite in capitals', { sameSite: 'Lax' }, 'cookies.sameSite', /unknown value/],
    ['an empty name', { access: { name: '' } }, 'cookies.access.name', /not the name/],
    ['a name with a blank', { access: { name: 'a b' } }, 'cookies.access.name', /not the name/],
    ['a name with an equals sign', { refresh: { name: 'a=b' } }, 'cookies.refresh.name', /not the name/],
    ['a name that is no text', { refresh: { name: 1 } }, 'cookies.refresh.name', /not the name/],
    ['one name for both', { access: { name: 'a' }, refresh: { name: 'a' } }, 'cookies.refresh.name', /browsers/],
    ['__Host- with a path', { refresh: { name: '__Host-r' } }, 'cookies.refresh.name', /__Secure-refresh/],
    ['__Host- in any case', { refresh: { name: '__hOST-r' } }, 'cookies.refresh.name', /6265bis/],
    [
      '__Host- with a domain',
      { access: { name: '__Host-a', domains: ['shop.example'] } },
      'cookies.access.name',
      /__Secure-access/,
    ],
    ['a path without a slash', { refresh: { path: 'refresh' } }, 'cookies.refresh.path', /as an address shows it/],
    ['an empty path', { refresh: { path: '' } }, 'cookies.refresh.path', /as an address shows it/],
    ['a path with an attribute', { refresh: { path: '/; Domain=evil.example' } }, 'cookies.refresh.path', /semicolons/],
    ['a path with a line break', { refresh: { path: '/a\r\nb' } }, 'cookies.refresh.path', /semicolons/],
    ['a path with a line break at its end', { refresh: { path: '/a\n' } }, 'cookies.refresh.path', /semicolons/],
    ['a path beyond ASCII', { refresh: { path: '/ä' } }, 'cookies.refresh.path', /ASCII/],
    ['a path of null', { access: { path: null } }, 'cookies.access.path', /as an address shows it/],
    ['a path with a query', { refresh: { path: '/refresh?a' } }, 'cookies.refresh.path', /as an address shows it/],
    ['a path with a fragment', { refresh: { path: '/refresh#a' } }, 'cookies.refresh.path', /as an address shows it/],
    ['a path with a dot', { refresh: { path: '/./refresh' } }, 'cookies.refresh.path', /as an address shows it/],
    ['a path with two dots', { refresh: { path: '/a/../refresh' } }, 'cookies.refresh.path', /as an address shows it/],
    ['a path that ends with dots', { refresh: { path: '/a/..' } }, 'cookies.refresh.path', /as an address shows it/],
    [
      'a path with dots that are encoded',
      { refresh: { path: '/a/%2E%2e/b' } },
      'cookies.refresh.path',
      /as an address/,
    ],
    ['a path with an empty part', { refresh: { path: '/a//b' } }, 'cookies.refresh.path', /as an address shows it/],
    ['a path of two slashes', { refresh: { path: '//' } }, 'cookies.refresh.path', /as an address shows it/],
    ['a path that names a host', { refresh: { path: '//shop.example' } }, 'cookies.refresh.path', /as an address/],
    ['a path with a slash at its end', { refresh: { path: '/refresh/' } }, 'cookies.refresh.path', /slash at its end/],
    ['a path with a backslash', { refresh: { path: '/a\\b' } }, 'cookies.refresh.path', /as an address shows it/],
    ['a path with a blank', { refresh: { path: '/a b' } }, 'cookies.refresh.path', /Blanks/],
    ['a path that is no text', { refresh: { path: ['/'] } }, 'cookies.refresh.path', /as an address shows it/],
    ['an access cookie of null', { access: null }, 'cookies.access', /not an object/],
    ['a refresh cookie of null', { refresh: null }, 'cookies.refresh', /not an object/],
    ['a refresh cookie that is a text', { refresh: '/refresh' }, 'cookies.refresh', /not an object/],
    ['a name of null', { access: { name: null } }, 'cookies.access.name', /not the name/],
    [
      'a name of null in development',
      { insecure: 'development', access: { name: null } },
      'cookies.access.name',
      /not the/,
    ],
    ['an end of null', { renewAfter: '1m', renewUntil: null }, 'cookies.renewUntil', /unit/],
    ['insecurity of null', { insecure: null }, 'cookies.insecure', /unknown value/],
    ['SameSite of null', { sameSite: null }, 'cookies.sameSite', /unknown value/],
    ['domains of null', { access: { domains: null } }, 'cookies.access.domains', /not a list/],
    ['origins of null', { origins: null }, 'cookies.origins', /not a list/],
    ['a domain alone', { access: { domains: 'shop.example' } }, 'cookies.access.domains', /not a list/],
    ['no domains', { access: { domains: [] } }, 'cookies.access.domains', /not a list/],
    [
      'a domain with a dot before it',
      { access: { domains: ['.shop.example'] } },
      'cookies.access.domains',
      /no domain/,
    ],
    ['a domain in capitals', { access: { domains: ['Shop.example'] } }, 'cookies.access.domains', /no domain/],
    ['a domain of one label', { access: { domains: ['localhost'] } }, 'cookies.access.domains', /no domain/],
    ['an address', { access: { domains: ['127.0.0.1'] } }, 'cookies.access.domains', /no domain/],
    ['a URL', { access: { domains: ['https://shop.example'] } }, 'cookies.access.domains', /no domain/],
    ['a domain with a port', { access: { domains: ['shop.example:443'] } }, 'cookies.access.domains', /no domain/],
    [
      'a domain with an attribute',
      { access: { domains: ['a.example; Path=/'] } },
      'cookies.access.domains',
      /no domain/,
    ],
    ['an endless label', { access: { domains: [`${'a'.repeat(64)}.example`] } }, 'cookies.access.domains', /no domain/],
    [
      'an endless domain',
      { access: { domains: [`${'a.'.repeat(130)}example`] } },
      'cookies.access.domains',
      /no domain/,
    ],
    ['a domain that is no text', { access: { domains: [1] } }, 'cookies.access.domains', /no domain/],
    [
      'a domain twice',
      { access: { domains: ['shop.example', 'shop.example'] } },
      'cookies.access.domains',
      /names shop\.example twice/,
    ],
    [
      'a domain within another',
      { access: { domains: ['shop.example', 'api.shop.example'] } },
      'cookies.access.domains',
      /names api\.shop\.example twice/,
    ],
    ['an origin alone', { origins: 'https://app.example' }, 'cookies.origins', /not a list/],
    ['every origin', { origins: ['*'] }, 'cookies.origins', /no trusted page/],
    ['a pattern of origins', { origins: ['https://*.shop.example'] }, 'cookies.origins', /no trusted page/],
    ['no origin', { origins: ['null'] }, 'cookies.origins', /no trusted page/],
    ['an origin with a slash', { origins: ['https://app.example/'] }, 'cookies.origins', /'https:\/\/app\.example'/],
    ['an origin with its usual port', { origins: ['https://app.example:443'] }, 'cookies.origins', /no trusted page/],
    ['an origin in capitals', { origins: ['https://App.example'] }, 'cookies.origins', /no trusted page/],
    ['an origin with a user', { origins: ['https://a@app.example'] }, 'cookies.origins', /no trusted page/],
    ['a plain origin', { origins: ['http://app.example'] }, 'cookies.origins', /no trusted page/],
    ['an origin without a scheme', { origins: ['app.example'] }, 'cookies.origins', /no trusted page/],
    ['the origin of old web views', { origins: ['http://localhost'] }, 'cookies.origins', /no trusted page/],
    ['the origin of a file', { origins: ['file://'] }, 'cookies.origins', /no trusted page/],
    ['the origin of a file on a host', { origins: ['file://app'] }, 'cookies.origins', /no trusted page/],
    ['what is no page', { origins: ['wss://app.example'] }, 'cookies.origins', /no trusted page/],
    ['a plain socket', { origins: ['ws://app.example'] }, 'cookies.origins', /no trusted page/],
    ['a scheme alone', { origins: ['capacitor://'] }, 'cookies.origins', /no trusted page/],
    ['a scheme without slashes', { origins: ['capacitor:localhost'] }, 'cookies.origins', /no trusted page/],
    ['a scheme of its own in capitals', { origins: ['Capacitor://localhost'] }, 'cookies.origins', /no trusted page/],
    [
      'a scheme of its own and a slash',
      { origins: ['ionic://localhost/'] },
      'cookies.origins',
      /'ionic:\/\/localhost'/,
    ],
    [
      'a scheme of its own and a user',
      { origins: ['ionic://a@localhost'] },
      'cookies.origins',
      /'ionic:\/\/localhost'/,
    ],
    ['a scheme of its own and a pattern', { origins: ['chrome-extension://*'] }, 'cookies.origins', /no trusted page/],
    ['a scheme of its own and a query', { origins: ['ionic://localhost?a'] }, 'cookies.origins', /no trusted page/],
    ['what holds another origin', { origins: ['blob:https://app.example'] }, 'cookies.origins', /no trusted page/],
    ['an origin that is no text', { origins: [/app/] }, 'cookies.origins', /no trusted page/],
    ['an age without a unit', { renewAfter: 300 }, 'cookies.renewAfter', /unit/],
    ['an age of nothing', { renewAfter: '0s' }, 'cookies.renewAfter', /between a second/],
    ['an age beyond the end', { renewAfter: '13h' }, 'cookies.renewAfter', /between a second/],
    ['an end without a beginning', { renewUntil: '1h' }, 'cookies.renewUntil', /never begins/],
    ['an end that never comes', { renewAfter: '1m', renewUntil: '9999d' }, 'cookies.renewUntil', /ten years/],
    ['insecurity by true', { insecure: true }, 'cookies.insecure', /unknown value/],
    ['insecurity in production', { insecure: 'production' }, 'cookies.insecure', /unknown value/],
    [
      'a prefix in development',
      { insecure: 'development', access: { name: '__Secure-a' } },
      'cookies.access.name',
      /prefix/,
    ],
    [
      'another prefix in development',
      { insecure: 'development', refresh: { name: '__http-a' } },
      'cookies.refresh.name',
      /prefix/,
    ],
  ])('refuse %s', (_case, options, option, problem) => {
    const found = mistakeOf(() => sessionCookies(options as SessionCookiesOptions));
    expect(found).toMatchObject(mistake(option));
    expect(found.message).toMatch(problem);
  });

  it('refuse plain http in production', () => {
    const before = process.env.NODE_ENV;
    process.env.NODE_ENV = 'production';
    try {
      expect(mistakeOf(() => sessionCookies({ insecure: 'development' }))).toMatchObject(mistake('cookies.insecure'));
      expect(namesFor()).toEqual(['__Host-access', '__Secure-refresh']);
    } finally {
      process.env.NODE_ENV = before;
    }
  });

  it('take exact origins, plain ones in development alone', () => {
    const origins = ['https://app.example', 'https://app.example:8443', 'https://xn--grn-hoa.example'];
    expect([...sessionCookies({ origins }).rules.origins]).toEqual(origins);
    const plain = sessionCookies({ insecure: 'development', origins: ['http://localhost:5173', ...origins] });
    expect(plain.rules.origins.has('http://localhost:5173')).toBe(true);
  });

  it('take the exact origins of web views and extensions', () => {
    const origins = [
      'capacitor://localhost',
      'ionic://localhost',
      'app://localhost:8080',
      'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
    ];
    expect([...sessionCookies({ origins }).rules.origins]).toEqual(origins);
  });

  it.each(['/', '/refresh', '/api/v1/refresh', '/a.b/..c/%20', '/~joe/@me:1,2=3&!'])('take the path %s', (path) => {
    expect(sessionCookies({ refresh: { path } }).rules.refresh[0].path).toBe(path);
  });

  it('take undefined for what is left out', () => {
    const written = { access: undefined, refresh: { name: undefined, path: undefined, domains: undefined } };
    const more = {
      sameSite: undefined,
      origins: undefined,
      renewAfter: undefined,
      renewUntil: undefined,
      insecure: undefined,
    };
    expect(sessionCookies({ ...written, ...more }).rules).toEqual(sessionCookies().rules);
  });

  it('cannot be changed afterwards', () => {
    expect(Object.isFrozen(sessionCookies().rules)).toBe(true);
  });
});

const soon = (issuedAt: Date): Date => new Date(issuedAt.getTime() + 2000);

const check =
  (cookies: unknown, more: object = {}) =>
  () =>
    checkOptions({ ...OPTIONS, cookies: cookies as never, ...more });

describe('the option cookies', () => {
  it.each([{}, null, true, 'access', { set: () => {}, clear: () => {} }])('is not %p', (cookies) => {
    expect(mistakeOf(check(cookies))).toMatchObject(mistake('cookies', /sessionCookies/));
  });

  it('refuses to renew what does not live so long', () => {
    expect(mistakeOf(check(sessionCookies({ renewAfter: '15m' })))).toMatchObject(
      mistake('cookies.renewAfter', /issue\.lifetime/),
    );
    const renewed = sessionCookies({ renewAfter: '15m' });
    expect(check(renewed, { issue: { lifetime: '16m' } })()).toMatchObject({ cookies: renewed });
    expect(check(renewed, { issue: { lifetime: soon } })()).toMatchObject({ cookies: renewed });
    expect(check(sessionCookies({ renewAfter: '14m' }))().cookies?.rules.renewal).toEqual({
      after: 840_000,
      until: 43_200_000,
    });
  });

  it('refuses to renew what others issue', () => {
    const claims = { verify: { claims: { permissions: 'roles' } } };
    expect(mistakeOf(check(sessionCookies({ renewAfter: '5m' }), claims))).toMatchObject(
      mistake('cookies.renewAfter', /another issuer/),
    );
    expect(check(sessionCookies(), claims)().crossSite).toBeDefined();
  });

  it.each<[string, TokenExtractor, string]>([
    ['by its name', fromCookie('__Host-access'), '__Host-access'],
    ['after the header', firstOf(fromAuthorizationHeader(), fromCookie('__Host-access')), '__Host-access'],
    ['for the refresh token', firstOf(fromCookie('__Secure-refresh')), '__Secure-refresh'],
    ['by hand', (carrier) => carrier.header('cookie').filter((line) => line.includes('access')), '__Host-access'],
  ])('refuses an extractor that finds its cookies, too: %s', (_case, extract, name) => {
    expect(mistakeOf(check(sessionCookies(), { extract }))).toMatchObject(
      mistake('extract', new RegExp(`takes the cookie ${name} as well`)),
    );
  });

  it.each<[string, TokenExtractor]>([
    ['finds another cookie', fromCookie('legacy')],
    ['finds something else', firstOf(fromAuthorizationHeader(), fromQuery('__Host-access'))],
    ['finds the same in every request', () => ['a.b.c']],
    ['fails', () => raise()],
    ['returns nothing', () => undefined as never],
  ])('takes an extractor that %s', (_case, extract) => {
    expect(check(sessionCookies(), { extract })().crossSite).toBeDefined();
  });

  it('is paid for by those who give it', () => {
    expect(checkOptions(OPTIONS)).not.toHaveProperty('crossSite');
  });
});

function raise(): never {
  throw new Error('no');
}
