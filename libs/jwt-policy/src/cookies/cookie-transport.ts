import { PolicyConfigurationError } from '../errors.js';
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
  refuseIdle(cookies, life);
  const { access, refresh, origins, scheme } = cookies.rules;
  const either = firstOf(extract, fromCookie(access[0].name));
  const crossSite = new CrossSiteCheck({ extract: either, refreshCookie: refresh[0].name, origins, scheme });
  return { extract: either, cookies, crossSite };
}

function refuseIdle({ rules: { renewal } }: SessionCookies, life: number | null | undefined): void {
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
