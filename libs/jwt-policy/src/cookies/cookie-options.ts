import { type Duration, millisecondsWithin } from '../duration.js';
import { PolicyConfigurationError } from '../errors.js';
import { LONGEST_LIFE } from '../longest-life.js';
import { oneOf, refuseUnknown } from '../option-checks.js';
import type { Cookie } from './cookie.js';
import { domainsOf, nameOf, pathOf } from './cookie-checks.js';
import { originsOf } from './origins.js';
import type { RenewalRules } from './renewal.js';

export interface CookieOptions {
  /**
   * A name that begins with `__Host-` is kept from other hosts by the browser, one with `__Secure-` from plain http
   * (RFC 6265bis, section 4.1.3).
   * @defaultValue `'__Host-access'`, `'__Secure-refresh'`; the other prefix where path and domains ask for it
   */
  name?: string;
  /**
   * Where the browser sends it: to this path and everything below, as the browser sees it.
   * @defaultValue `'/'` for `access`, `'/refresh'` for `refresh`
   */
  path?: string;
  /**
   * Domains that get it, with all their subdomains; a cookie is set for each.
   * @defaultValue none: only the host that sets it
   */
  domains?: readonly string[];
}

/** The options of `sessionCookies()`. */
export interface SessionCookiesOptions {
  /** The cookie with the access token. */
  access?: CookieOptions;
  /** The cookie with the refresh token, which is always `SameSite=Strict`. */
  refresh?: CookieOptions;
  /**
   * `SameSite` of the access cookie. `'strict'` also keeps it from a page that is reached by a link on another site.
   * @defaultValue `'lax'`
   */
  sameSite?: 'lax' | 'strict';
  /**
   * Origins beside the app's own whose pages may send unsafe requests, compared exactly: `'https://app.example'`, or
   * `'capacitor://localhost'` for an app in a web view. Name your own as well where a proxy changes `Host`.
   * @defaultValue none
   */
  origins?: readonly string[];
  /**
   * The age from which the access token of a session is replaced by a new one, with the answer to a request. A log-out
   * must close the session, which takes back all of them. Shorter than `issue.lifetime`.
   * @defaultValue never
   */
  renewAfter?: Duration;
  /**
   * How long after the log-in (`auth_time`) tokens are renewed.
   * @defaultValue `'12h'`
   */
  renewUntil?: Duration;
  /**
   * `'development'`: plain http, by cookies of other names without `Secure`. Refused with `NODE_ENV=production`.
   * @defaultValue https only
   */
  insecure?: 'development';
}

/** The options as the rest of the library reads them. Each cookie once for each of its domains. */
export interface CookieRules {
  readonly access: readonly [Cookie, ...Cookie[]];
  readonly refresh: readonly [Cookie, ...Cookie[]];
  readonly origins: ReadonlySet<string>;
  readonly scheme: 'https://' | 'http://';
  readonly renewal?: RenewalRules;
}

const PATHS = { access: '/', refresh: '/refresh' } as const;
const NAMES = ['access', 'refresh', 'sameSite', 'origins', 'renewAfter', 'renewUntil', 'insecure'];

/** @throws {PolicyConfigurationError} naming the option at fault and the fix. */
export function cookieRulesOf(options: SessionCookiesOptions): CookieRules {
  refuseUnknown(options, 'cookies', NAMES);
  const { access = {}, refresh = {}, sameSite = 'lax', origins = [] } = options;
  const scheme = schemeOf(options.insecure);
  const accessSite = oneOf(sameSite, ['lax', 'strict'], 'cookies.sameSite') === 'lax' ? 'Lax' : 'Strict';
  const rules: CookieRules = {
    access: cookiesOf(access, 'access', scheme, accessSite),
    refresh: cookiesOf(refresh, 'refresh', scheme, 'Strict'),
    origins: originsOf(origins, scheme),
    scheme,
    renewal: renewalOf(options),
  };
  if (rules.access[0].name === rules.refresh[0].name) {
    throw new PolicyConfigurationError(
      'cookies.refresh.name',
      'is the name of the access cookie, too, and browsers would send both',
      'give each a name of its own',
    );
  }
  return Object.freeze(rules);
}

function cookiesOf(
  options: CookieOptions,
  kind: 'access' | 'refresh',
  scheme: CookieRules['scheme'],
  sameSite: 'Lax' | 'Strict',
): CookieRules['access'] {
  const option = `cookies.${kind}`;
  refuseUnknown(options, option, ['name', 'path', 'domains']);
  const { path = PATHS[kind] } = options;
  const domains = domainsOf(options.domains, option);
  const secure = scheme === 'https://';
  const name = nameOf(options.name, option, {
    kind,
    path: pathOf(path, option),
    secure,
    forHost: domains.length === 0,
  });
  const attributes = `; Path=${path}${secure ? '; Secure' : ''}; HttpOnly; SameSite=${sameSite}`;
  const [first, ...rest] = domains.map((domain) => ({
    name,
    path,
    domain,
    attributes: `; Domain=${domain}${attributes}`,
  }));
  return first ? [first, ...rest] : [{ name, path, attributes }];
}

function schemeOf(insecure: unknown): CookieRules['scheme'] {
  if (insecure === undefined) return 'https://';
  oneOf(insecure as string, ['development'], 'cookies.insecure');
  if (process.env.NODE_ENV !== 'production') return 'http://';
  throw new PolicyConfigurationError(
    'cookies.insecure',
    'would send tokens over plain http in production',
    'leave it out, and serve the app over https',
  );
}

function renewalOf({ renewAfter, renewUntil }: SessionCookiesOptions): RenewalRules | undefined {
  const until = millisecondsWithin(
    renewUntil === undefined ? '12h' : renewUntil,
    'cookies.renewUntil',
    [1000, LONGEST_LIFE],
    'is not between a second and ten years',
    `write for example '12h'`,
  );
  if (renewAfter === undefined) {
    if (renewUntil === undefined) return undefined;
    throw new PolicyConfigurationError('cookies.renewUntil', 'ends what never begins', 'give cookies.renewAfter');
  }
  const after = millisecondsWithin(
    renewAfter,
    'cookies.renewAfter',
    [1000, until],
    'is not between a second and cookies.renewUntil',
    `write for example '5m'`,
  );
  return { after, until };
}
