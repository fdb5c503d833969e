import { PolicyConfigurationError } from '../errors.js';
import { Carrier } from '../extract/carrier.js';
import { CrossSiteCheck } from '../extract/cross-site.js';
import { firstOf, fromCookie, type TokenExtractor } from '../extract/extractors.js';
import { SessionCookies } from './session-cookies.js';

/** How tokens travel, and what watches over those that travel in cookies. */
export interface CookieTransport {
  readonly extract: TokenExtractor;
  readonly cookies?: SessionCookies;
  readonly crossSite?: CrossSiteCheck;
}

/**
 * @param life How long a token lives, in milliseconds, where that is always the same; `null` where none can be issued.
 * @throws {PolicyConfigurationError} naming the option at fault and the fix.
 */
export function cookieTransport(
  cookies: unknown,
  extract: TokenExtractor,
  life: number | null | undefined,
): CookieTransport {
  if (cookies === undefined) return { extract };
  if (!(cookies instanceof SessionCookies)) {
    throw new PolicyConfigurationError('cookies', 'is not made by sessionCookies()', 'give sessionCookies({ ... })');
  }
  refuseUselessRenewal(cookies, life);
  const { access, refresh, origins, scheme } = cookies.rules;
  refuseToFind([access[0].name, refresh[0].name], extract);
  const either = firstOf(extract, fromCookie(access[0].name));
  const crossSite = new CrossSiteCheck({ extract: either, refreshCookie: refresh[0].name, origins, scheme });
  return { extract: either, cookies, crossSite };
}

function refuseToFind(names: readonly string[], extract: TokenExtractor): void {
  const withoutAny = tokensFound(extract, []);
  const taken = names.find((name) => tokensFound(extract, ['Cookie', `${name}=a.b.c`]) > withoutAny);
  if (taken === undefined) return;
  throw new PolicyConfigurationError(
    'extract',
    `takes the cookie ${taken} as well, so that it would count as a token too many`,
    `leave fromCookie('${taken}') out: the option cookies reads it`,
  );
}

function tokensFound(extract: TokenExtractor, rawHeaders: readonly string[]): number {
  try {
    return extract(new Carrier({ rawHeaders, url: '/', method: 'GET' })).length;
  } catch {
    // One that fails finds nothing, and every request that it fails for is refused.
    return 0;
  }
}

function refuseUselessRenewal({ rules: { renewal } }: SessionCookies, life: number | null | undefined): void {
  if (!renewal) return;
  if (life === null) {
    throw new PolicyConfigurationError(
      'cookies.renewAfter',
      'renews tokens that are those of another issuer',
      'leave it out, or issue tokens of your own',
    );
  }
  if (life === undefined || renewal.after < life) return;
  throw new PolicyConfigurationError(
    'cookies.renewAfter',
    'is not shorter than issue.lifetime, so that no token would live to be renewed',
    'make it shorter, or issue.lifetime longer',
  );
}
