import {
  AmbiguousToken,
  firstOf,
  fromAuthorizationHeader,
  fromCookie,
  fromHeader,
  fromQuery,
  type TokenExtractor,
} from 'nestjs-jwt-policy';
import { CrossSiteCheck, type HandledMethods } from '../../../libs/jwt-policy/src/extract/cross-site.js';
import { nodeRequest } from '../../../libs/jwt-policy/src/extract/node-request.js';

const EXTRACT = firstOf(fromAuthorizationHeader(), fromCookie('access'));
const OWN = ['Host', 'shop.example', 'Origin', 'https://shop.example'];
const ACCESS = ['Cookie', 'access=a'];
const REFRESH = ['Cookie', 'refresh=r'];
const BEARER = ['Authorization', 'Bearer b'];
const FOREIGN = ['Sec-Fetch-Site', 'cross-site'];
const OURS = ['Sec-Fetch-Site', 'same-origin'];

interface Asked {
  readonly method?: string;
  readonly url?: string;
  readonly extract?: TokenExtractor;
  readonly scheme?: 'https://' | 'http://';
  readonly handled?: HandledMethods;
}

function objection(rawHeaders: readonly string[], asked: Asked = {}): string | null {
  const { method = 'POST', url = '/', extract = EXTRACT, scheme = 'https://', handled = 'any' } = asked;
  const origins = new Set(['https://app.example', 'https://admin.shop.example']);
  const check = new CrossSiteCheck({ extract, refreshCookie: 'refresh', origins, scheme });
  return check.objection({ rawHeaders, method, url }, handled);
}

const byHand: TokenExtractor = (carrier) => carrier.header('COOKIE').map((text) => text.slice(2));

const SILENT = /^neither Sec-Fetch-Site nor Origin/;
const REPEATED = /more than once$/;
const OTHER_SITE = /^Sec-Fetch-Site names another site/;
const OTHER_ORIGIN = /^Origin is neither/;
const ODD = /no browser sends$/;

describe('the cross-site check', () => {
  it.each(['GET', 'HEAD', 'OPTIONS', 'TRACE'])('lets %s pass, whoever sends it', (method) => {
    expect(objection([...ACCESS, ...FOREIGN], { method })).toBeNull();
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'QUERY', 'CONNECT', 'get', 'Get', ' GET', '', 'X'])(
    'asks %j for proof',
    (method) => {
      expect(objection([...ACCESS, ...FOREIGN], { method })).toMatch(OTHER_SITE);
    },
  );

  it('asks for proof where the method is not known', () => {
    const check = new CrossSiteCheck({
      extract: EXTRACT,
      refreshCookie: 'refresh',
      origins: new Set(),
      scheme: 'https://',
    });
    expect(check.objection({ rawHeaders: ACCESS }, 'any')).toMatch(SILENT);
  });

  it.each<[string, HandledMethods, string[], boolean]>([
    ['GET', 'safe', [], true],
    ['HEAD', 'safe', [], true],
    ['OPTIONS', 'any', [], true],
    ['GET', 'any', ['Content-Length', '0'], true],
    ['GET', 'safe', ['Content-Length', '7'], true],
    ['GET', 'any', ['Content-Length', '7'], false],
    ['GET', 'any', ['content-length', '0', 'content-length', '7'], false],
    ['HEAD', 'any', ['Transfer-Encoding', 'chunked'], false],
    ['GET', 'unsafe', [], false],
    ['HEAD', 'unsafe', [], false],
    ['POST', 'safe', [], false],
    ['POST', 'any', [], false],
    ['POST', 'unsafe', [], false],
  ])(
    'takes %s to a handler of %s methods with %j as one that changes nothing: %p',
    (method, handled, headers, safe) => {
      const found = objection([...ACCESS, ...FOREIGN, ...headers], { method, handled });
      expect(found === null).toBe(safe);
    },
  );

  describe.each([
    ['the access cookie', ACCESS],
    ['the refresh cookie', REFRESH],
    ['both', ['Cookie', 'refresh=r; access=a']],
    ['a cookie among others', ['Cookie', 'theme=dark;access=a;  lang=en']],
    ['a second line of cookies', ['Cookie', 'theme=dark', 'cookie', 'refresh=r']],
  ])('of a request with %s', (_what, cookie) => {
    it.each([
      [OURS],
      [['Sec-Fetch-Site', 'none']],
      [[...OURS, 'Origin', 'null']],
      [['sec-fetch-site', 'same-origin', 'origin', 'https://behind-a-proxy.example']],
      [OWN],
      [['Host', 'shop.example:8443', 'Origin', 'https://shop.example:8443']],
      [[':authority', 'shop.example', 'origin', 'https://shop.example']],
      [[...OWN, ':authority', 'shop.example']],
      [['Origin', 'https://app.example']],
      [['Host', 'shop.example', 'Origin', 'https://admin.shop.example']],
      [['Sec-Fetch-Site', 'same-site', 'Origin', 'https://admin.shop.example']],
      [['Sec-Fetch-Site', 'cross-site', 'Origin', 'https://app.example']],
    ])('takes %j as proof', (headers) => {
      expect(objection([...cookie, ...headers])).toBeNull();
    });

    it.each([
      [[], SILENT],
      [['Host', 'shop.example'], SILENT],
      [FOREIGN, OTHER_SITE],
      [['Sec-Fetch-Site', 'same-site'], OTHER_SITE],
      [['Sec-Fetch-Site', 'same-site', ...OWN], OTHER_SITE],
      [['Sec-Fetch-Site', 'cross-site', 'Origin', 'https://app.example.evil.example'], OTHER_SITE],
      [['Sec-Fetch-Site', 'cross-site', 'Origin', 'null'], OTHER_SITE],
      [['Sec-Fetch-Site', ''], ODD],
      [['Sec-Fetch-Site', 'Same-Origin'], ODD],
      [['Sec-Fetch-Site', 'same-origin '], ODD],
      [['Sec-Fetch-Site', 'same-origin, cross-site'], ODD],
      [['Sec-Fetch-Site', 'x', ...OWN], ODD],
      [['Sec-Fetch-Site', 'x', 'Origin', 'https://app.example'], ODD],
      [['Sec-Fetch-Site', 'same-origin', 'sec-fetch-site', 'same-origin'], REPEATED],
      [[...OWN, 'ORIGIN', 'https://shop.example'], REPEATED],
      [[...OURS, 'Origin', 'https://shop.example', 'Origin', 'https://evil.example'], REPEATED],
      [['Host', 'shop.example', 'Origin', 'null'], OTHER_ORIGIN],
      [['Host', 'shop.example', 'Origin', ''], OTHER_ORIGIN],
      [['Host', 'shop.example', 'Origin', 'https://evil.example'], OTHER_ORIGIN],
      [['Host', 'shop.example', 'Origin', 'http://shop.example'], OTHER_ORIGIN],
      [['Host', 'shop.example', 'Origin', 'https://shop.example/'], OTHER_ORIGIN],
      [['Host', 'shop.example', 'Origin', 'https://shop.example:443'], OTHER_ORIGIN],
      [['Host', 'shop.example', 'Origin', 'https://SHOP.example'], OTHER_ORIGIN],
      [['Host', 'shop.example', 'Origin', 'https://www.shop.example'], OTHER_ORIGIN],
      [['Host', 'shop.example', 'Origin', 'https://evil-shop.example'], OTHER_ORIGIN],
      [['Host', 'shop.example', 'Origin', 'https://shop.example.evil.example'], OTHER_ORIGIN],
      [['Host', 'shop.example', 'Origin', 'https://shop.example@evil.example'], OTHER_ORIGIN],
      [['Host', 'shop.example', 'Origin', 'https://shop.example https://evil.example'], OTHER_ORIGIN],
      [['Host', 'shop.example', 'Origin', 'shop.example'], OTHER_ORIGIN],
      [['Host', 'shop.example:8443', 'Origin', 'https://shop.example'], OTHER_ORIGIN],
      [['Origin', 'https://shop.example'], OTHER_ORIGIN],
      [['Host', '', 'Origin', 'https://'], OTHER_ORIGIN],
      [['Host', 'evil.example', ...OWN], OTHER_ORIGIN],
      [['Host', 'shop.example', 'Host', 'shop.example', 'Origin', 'https://shop.example'], OTHER_ORIGIN],
      [[...OWN, ':authority', 'evil.example'], OTHER_ORIGIN],
      [[':authority', 'shop.example', ':authority', 'shop.example', 'Origin', 'https://shop.example'], OTHER_ORIGIN],
      [['Host', 'shop.example', 'Origin', 'https://APP.example'], OTHER_ORIGIN],
      [['Host', 'shop.example', 'Origin', 'https://app.example/'], OTHER_ORIGIN],
    ])('takes %j as none', (headers, reason) => {
      expect(objection([...cookie, ...headers])).toMatch(reason);
    });

    it('takes the plain origin in development, and not the other', () => {
      const plain = ['Host', 'localhost:3000', 'Origin', 'http://localhost:3000'];
      expect(objection([...cookie, ...plain], { scheme: 'http://' })).toBeNull();
      expect(objection([...cookie, ...OWN], { scheme: 'http://' })).toMatch(OTHER_ORIGIN);
      expect(objection([...cookie, ...plain])).toMatch(OTHER_ORIGIN);
    });
  });

  it('needs no proof of a token in a header, which no other site can write', () => {
    for (const headers of [[], FOREIGN, ['Origin', 'https://evil.example'], ['Origin', 'null']]) {
      expect(objection([...BEARER, ...headers])).toBeNull();
      expect(objection(['X-Token', 't', ...headers], { extract: fromHeader('X-Token') })).toBeNull();
      expect(objection([...BEARER, 'Cookie', 'access=; other=1', ...headers])).toBeNull();
    }
  });

  it('wants proof of the refresh cookie whatever comes with it', () => {
    expect(objection([...BEARER, ...REFRESH])).toMatch(SILENT);
    expect(objection([...BEARER, ...REFRESH, ...FOREIGN])).toMatch(OTHER_SITE);
    expect(objection([...BEARER, ...REFRESH, ...OURS])).toBeNull();
  });

  it('refuses two tokens as what they are', () => {
    expect(() => objection([...BEARER, ...ACCESS])).toThrow(AmbiguousToken);
    expect(() => objection([...BEARER, ...ACCESS, ...FOREIGN])).toThrow(AmbiguousToken);
    expect(() => objection([...BEARER, ...BEARER, ...FOREIGN])).toThrow(AmbiguousToken);
    expect(() => objection(['Authorization', 'Basic x', 'Authorization', 'Basic y'])).toThrow(AmbiguousToken);
    expect(() => objection([...BEARER], { extract: firstOf(EXTRACT, fromQuery('t')), url: '/?t=x' })).toThrow(
      AmbiguousToken,
    );
  });

  it('wants proof of two refresh cookies as of one, and leaves it to those who read them to refuse them', () => {
    const both = ['Cookie', 'refresh=a; refresh=b'];
    expect(objection(both)).toMatch(SILENT);
    expect(objection([...both, ...FOREIGN])).toMatch(OTHER_SITE);
    expect(objection([...both, ...BEARER])).toMatch(SILENT);
    expect(objection([...both, ...OURS])).toBeNull();
  });

  it('refuses a request without any token, a log-in, only when a browser says that it is foreign', () => {
    expect(objection([])).toBeNull();
    expect(objection(['Host', 'shop.example'])).toBeNull();
    expect(objection(['Cookie', 'theme=dark'])).toBeNull();
    expect(objection(['Cookie', 'access=; refresh='])).toBeNull();
    expect(objection(OURS)).toBeNull();
    expect(objection(OWN)).toBeNull();
    expect(objection(FOREIGN)).toMatch(OTHER_SITE);
    expect(objection(['Origin', 'null'])).toMatch(OTHER_ORIGIN);
    expect(objection(['Host', 'shop.example', 'Origin', 'https://evil.example'])).toMatch(OTHER_ORIGIN);
    expect(objection(['Authorization', 'Basic am9lOmpvZQ==', ...FOREIGN])).toMatch(OTHER_SITE);
  });

  it('does not count a token in the address as proof, which a foreign form can write', () => {
    const extract = firstOf(EXTRACT, fromQuery('t'));
    expect(objection(FOREIGN, { extract, url: '/login?t=x' })).toMatch(OTHER_SITE);
    expect(objection([], { extract, url: '/login?t=x' })).toBeNull();
  });

  it('knows a cookie of the app’s own for one', () => {
    const extract = firstOf(EXTRACT, fromCookie('legacy'));
    expect(objection(['Cookie', 'legacy=t', ...FOREIGN], { extract })).toMatch(OTHER_SITE);
    expect(objection(['Cookie', 'legacy=t'], { extract })).toMatch(SILENT);
    expect(objection(['Cookie', 't=x'], { extract: byHand })).toMatch(SILENT);
  });

  it('takes no longer for an endless header', () => {
    const started = performance.now();
    objection(['Cookie', `${'access; '.repeat(100_000)}access=a`, 'Origin', 'https://'.repeat(100_000)]);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

describe('nodeRequest()', () => {
  it('finds Node’s own request in that of the platform', () => {
    const raw = { rawHeaders: [] };
    expect(nodeRequest(raw)).toBe(raw);
    expect(nodeRequest({ raw })).toBe(raw);
  });

  it.each([undefined, null, {}, { raw: {} }, 'x', { rawHeaders: 'x' }])('finds none in %p', (request) => {
    expect(() => nodeRequest(request)).toThrow('not a request of an HTTP platform');
  });
});
