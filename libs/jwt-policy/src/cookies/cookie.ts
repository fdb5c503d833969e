import { withoutBlanks } from '../extract/blanks.js';

/** One cookie in a browser: what its name, domain and path tell from all others (RFC 6265, section 5.3). */
export interface Cookie {
  readonly name: string;
  readonly path: string;
  /** None: the host that set it, and no other. */
  readonly domain?: string;
  /** The attributes that never change, as they stand in a line. */
  readonly attributes: string;
}

/** What a browser keeps, in bytes: name and value together (RFC 6265bis, section 5.6). */
const MOST_BYTES = 4096;
// RFC 6265, section 4.1.1.
const COOKIE_OCTETS = /^[!#-+\--:<-[\]-~]+$/;

/** @throws {TypeError} when it cannot be kept in the cookie. */
export function setLine(cookie: Cookie, value: string, expiresAt: Date): string {
  const { name, attributes } = cookie;
  if (typeof value !== 'string' || !COOKIE_OCTETS.test(value)) {
    throw new TypeError(`set(): what belongs into the cookie ${name} is no token`);
  }
  if (!isKept(cookie, value)) {
    throw new TypeError(
      `set(): the token is too long for the cookie ${name}, and browsers would drop it; put less into it or load permissions instead`,
    );
  }
  if (!(expiresAt instanceof Date) || Number.isNaN(expiresAt.getTime())) {
    throw new TypeError(`set(): it is not said when the cookie ${name} expires`);
  }
  const maxAge = Math.max(0, Math.floor((expiresAt.getTime() - Date.now()) / 1000));
  return `${name}=${value}; Max-Age=${maxAge}; Expires=${expiresAt.toUTCString()}${attributes}`;
}

/** Whether browsers keep so long a value. */
export function isKept({ name }: Cookie, value: string): boolean {
  return name.length + value.length <= MOST_BYTES;
}

/** A browser forgets a cookie only for a line with the attributes that it was set with. */
export function clearLine({ name, attributes }: Cookie): string {
  return `${name}=; Max-Age=0; Expires=${new Date(0).toUTCString()}${attributes}`;
}

export function isAbout({ name, domain = '', path }: Cookie, line: string): boolean {
  const [pair, ...attributes] = line.split(';');
  return (
    nameIn(pair) === name &&
    lastOf('domain', attributes).toLowerCase().replace(/^\./, '') === domain &&
    lastOf('path', attributes) === path
  );
}

export function nameIn(line: string): string {
  return withoutBlanks(line.slice(0, Math.max(0, line.indexOf('='))));
}

/** Of an attribute that stands twice, browsers take the last. */
function lastOf(attribute: string, attributes: readonly string[]): string {
  const found = attributes.findLast((text) => nameIn(text).toLowerCase() === attribute) ?? '';
  return withoutBlanks(found.slice(found.indexOf('=') + 1));
}
