import { AmbiguousToken } from '../errors.js';
import { Carrier, type RequestLike } from './carrier.js';
import type { TokenExtractor } from './extractors.js';

export interface SiteRules {
  /** Finds the tokens of a request, those in cookies among them. */
  readonly extract: TokenExtractor;
  /** The name of the other cookie that a browser adds by itself. */
  readonly refreshCookie: string;
  /** Other origins that may send unsafe requests. */
  readonly origins: ReadonlySet<string>;
  /** How the app's own origin begins; its Host follows. */
  readonly scheme: 'https://' | 'http://';
}

/** The methods that a handler is for; `'any'` where it is for all, or it is not known which handler it will be. */
export type HandledMethods = 'safe' | 'unsafe' | 'any';

// RFC 9110, section 9.2.1. QUERY is not here: some apps keep what it asks.
const SAFE_METHODS: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

const SILENT = 'neither Sec-Fetch-Site nor Origin says where a request with a cookie comes from';
const REPEATED = 'Sec-Fetch-Site or Origin came more than once';
const OTHER_SITE = 'Sec-Fetch-Site names another site, and Origin none of cookies.origins';
const OTHER_ORIGIN = 'Origin is neither the scheme and Host of the app nor one of cookies.origins';
const ODD_SITE = 'Sec-Fetch-Site has a value that no browser sends';

/**
 * Tells the requests of the app's own pages from those that another site made a browser send. Cookies go with both, so
 * whoever brings one has to prove it: by `Sec-Fetch-Site`, which no page can write, or where a browser has none, by
 * `Origin`.
 */
export class CrossSiteCheck {
  constructor(private readonly rules: SiteRules) {}

  /**
   * @returns why a request must not reach the handler, or `null`.
   * @throws {AmbiguousToken} when one that needs proof brings a token in a header and another one anywhere.
   */
  objection(request: RequestLike, handled: HandledMethods): string | null {
    if (isSafe(request, handled)) return null;
    const carrier = new Carrier(request);
    const doubt = this.doubtAbout(carrier);
    if (doubt === null) return null;
    const { extract, refreshCookie } = this.rules;
    const found = extract(carrier).length;
    const hasTokenInHeader = extract(new OnlyHeaders(request)).some(isText);
    if (hasTokenInHeader && found > 1) throw new AmbiguousToken();
    const hasCookie = carrier.cookie(refreshCookie).length > 0 || found > extract(new WithoutCookies(request)).length;
    // What says nothing of itself is no browser of today, and an old one would bring its cookies.
    const needsNoProof = !hasCookie && (hasTokenInHeader || doubt === SILENT);
    return needsNoProof ? null : doubt;
  }

  private doubtAbout(carrier: Carrier): string | null {
    const [site, ...moreSites] = carrier.header('sec-fetch-site');
    const [origin, ...moreOrigins] = carrier.header('origin');
    if (moreSites.length > 0 || moreOrigins.length > 0) return REPEATED;
    switch (site) {
      case undefined:
        return origin === undefined ? SILENT : this.doubtAboutOrigin(origin, carrier);
      case 'same-origin':
      case 'none':
        // The latter is the user's own doing: an address typed, a page reloaded.
        return null;
      case 'same-site':
      case 'cross-site':
        return origin !== undefined && this.rules.origins.has(origin) ? null : OTHER_SITE;
      default:
        return ODD_SITE;
    }
  }

  private doubtAboutOrigin(origin: string, carrier: Carrier): string | null {
    if (this.rules.origins.has(origin)) return null;
    const host = hostIn(carrier);
    return host && origin === this.rules.scheme + host ? null : OTHER_ORIGIN;
  }
}

/**
 * Middleware may have changed the method when the handler was chosen already, so both have to be safe. What a handler for
 * all methods makes of a request is told by its body: no page makes a browser send one with a safe method.
 */
function isSafe(request: RequestLike, handled: HandledMethods): boolean {
  if (handled === 'unsafe' || !SAFE_METHODS.has(request.method)) return false;
  return handled === 'safe' || !hasBody(new Carrier(request));
}

function hasBody(carrier: Carrier): boolean {
  return (
    carrier.header('transfer-encoding').length > 0 || carrier.header('content-length').some((length) => length !== '0')
  );
}

/** HTTP/2 has it as `:authority`, and may repeat it as `Host`. */
function hostIn(carrier: Carrier): string | undefined {
  const [hosts, authorities] = [carrier.header('host'), carrier.header(':authority')];
  if (hosts.length > 1 || authorities.length > 1) return undefined;
  const [host, ...others] = new Set([...hosts, ...authorities]);
  return others.length === 0 ? host : undefined;
}

/** An extractor of the app may return what it should not; that proves nothing. */
function isText(token: unknown): boolean {
  return typeof token === 'string' && token !== '';
}

class WithoutCookies extends Carrier {
  override header(name: string): string[] {
    return name.toLowerCase() === 'cookie' ? [] : super.header(name);
  }
}

/** What a form of another site cannot write. It can write the address. */
class OnlyHeaders extends WithoutCookies {
  override query(): string[] {
    return [];
  }
}
