import { PolicyConfigurationError } from '../errors.js';
import { isHttpName } from '../extract/http-name.js';

// Browsers compare them in any case (RFC 6265bis, section 5.4).
const PREFIX = /^__(host|secure|http)-/i;
const HOST_PREFIX = /^__host-/i;
// No part of it is empty.
const PATH = /^(?:\/[^/;]+)+$/;
const LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;

/** What decides which names a browser takes. */
interface NameRules {
  readonly kind: 'access' | 'refresh';
  readonly path: string;
  readonly secure: boolean;
  readonly forHost: boolean;
}

/** @throws {PolicyConfigurationError} when no browser would take a cookie of this name. */
export function nameOf(given: unknown, option: string, { kind, path, secure, forHost }: NameRules): string {
  if (!secure) return plainNameOf(given === undefined ? kind : given, option);
  const hostable = forHost && path === '/';
  const name = given === undefined ? `${hostable ? '__Host-' : '__Secure-'}${kind}` : nameFrom(given, option);
  if (hostable || !HOST_PREFIX.test(name)) return name;
  throw new PolicyConfigurationError(
    `${option}.name`,
    'begins with __Host-, which browsers take only with the path / and without a domain (RFC 6265bis, section 4.1.3)',
    `name it '__Secure-${kind}'`,
  );
}

function plainNameOf(given: unknown, option: string): string {
  const name = nameFrom(given, option);
  if (!PREFIX.test(name)) return name;
  throw new PolicyConfigurationError(
    `${option}.name`,
    'has a prefix that browsers take only over https, and cookies.insecure is given',
    `leave the name out in development, or write one without a prefix`,
  );
}

function nameFrom(name: unknown, option: string): string {
  if (isHttpName(name)) return name;
  throw new PolicyConfigurationError(
    `${option}.name`,
    'is not the name of a cookie',
    'use letters, digits, hyphens and underscores',
  );
}

/** @throws {PolicyConfigurationError} when it is not how a browser spells the path of a request. */
export function pathOf(path: unknown, option: string): string {
  if (path === '/' || (typeof path === 'string' && PATH.test(path) && isAsInAddress(path))) return path;
  throw new PolicyConfigurationError(
    `${option}.path`,
    'is not the path of a cookie',
    `write it as an address shows it, without a slash at its end: '/refresh'. Blanks, semicolons and what is not ASCII cannot be in it`,
  );
}

/** Browsers encode, and resolve dots, before they compare. */
function isAsInAddress(path: string): boolean {
  return new URL(`https://shop.example${path}`).pathname === path;
}

/** @throws {PolicyConfigurationError} when a browser would refuse one, or send the cookies of two. */
export function domainsOf(domains: unknown, option: string): readonly string[] {
  if (domains === undefined) return [];
  const refuse = (problem: string, fix: string): PolicyConfigurationError =>
    new PolicyConfigurationError(`${option}.domains`, problem, fix);
  if (!Array.isArray(domains) || domains.length === 0) {
    throw refuse('is not a list of domains', `write for example ['shop.example'], or leave it out`);
  }
  const list: unknown[] = domains;
  const checked = list.filter(isDomain);
  if (checked.length < list.length) {
    throw refuse('has a value that is no domain', `write it in lower case, without a dot before it: 'shop.example'`);
  }
  const within = checked.find((domain, i) =>
    checked.some((other, j) => i !== j && (domain === other || domain.endsWith(`.${other}`))),
  );
  if (within === undefined) return checked;
  throw refuse(`names ${within} twice, and browsers would send both cookies`, 'keep the widest of them');
}

function isDomain(domain: unknown): domain is string {
  if (typeof domain !== 'string' || domain.length > 253) return false;
  const labels = domain.split('.');
  const isAddress = /^\d+$/.test(labels[labels.length - 1]);
  return labels.length > 1 && !isAddress && labels.every((label) => label.length <= 63 && LABEL.test(label));
}
