import { PolicyConfigurationError } from '../errors.js';
import type { Carrier } from './carrier.js';
import { isHttpName } from './http-name.js';

/**
 * Takes the tokens out of a request: all of them, because a request with more than one is refused (RFC 6750, section 2).
 * An empty list means that the caller is anonymous.
 */
export type TokenExtractor = (carrier: Carrier) => readonly string[];

function nameFor(builder: string, name: string): string {
  if (isHttpName(name)) return name;
  throw new PolicyConfigurationError(
    `extract: ${builder}()`,
    'needs a name of letters, digits and hyphens',
    `write for example ${builder}('access_token')`,
  );
}

/**
 * `Authorization: Bearer <token>`, the scheme in any case (RFC 6750, section 2.1). Another scheme is not ours and
 * leaves the caller anonymous; two `Authorization` headers are refused whatever they hold.
 */
export function fromAuthorizationHeader(): TokenExtractor {
  return (carrier) => {
    const values = carrier.header('authorization');
    return values.length === 1 ? bearerToken(values[0]) : values;
  };
}

function bearerToken(credentials: string): string[] {
  const blank = credentials.indexOf(' ');
  const scheme = blank < 0 ? credentials : credentials.slice(0, blank);
  if (scheme.length !== 6 || scheme.toLowerCase() !== 'bearer') return [];
  let start = scheme.length;
  while (credentials[start] === ' ') start += 1;
  return [credentials.slice(start)];
}

/** The whole value of a header of your own, for example `X-Access-Token`. */
export function fromHeader(name: string): TokenExtractor {
  const header = nameFor('fromHeader', name);
  return (carrier) => carrier.header(header);
}

/**
 * The value of a cookie that something else sets. Without the option `cookies`, which brings its own, protect unsafe
 * methods against cross-site requests when you switch this on.
 */
export function fromCookie(name: string): TokenExtractor {
  const cookie = nameFor('fromCookie', name);
  return (carrier) => carrier.cookie(cookie);
}

/** A parameter of the query. Query strings end up in logs and histories: prefer a header (RFC 6750, section 5.3). */
export function fromQuery(name: string): TokenExtractor {
  const parameter = nameFor('fromQuery', name);
  return (carrier) => carrier.query(parameter);
}

/**
 * Looks in several places and takes the first token found; a request that brings one in two places is refused.
 *
 * @example firstOf(fromAuthorizationHeader(), fromCookie('access'))
 */
export function firstOf(...extractors: TokenExtractor[]): TokenExtractor {
  if (extractors.length === 0 || extractors.some((extractor) => typeof extractor !== 'function')) {
    throw new PolicyConfigurationError(
      'extract: firstOf()',
      'needs at least one extractor',
      `write for example firstOf(fromAuthorizationHeader(), fromCookie('access'))`,
    );
  }
  return (carrier) => extractors.flatMap((extractor) => extractor(carrier));
}
