import { PolicyConfigurationError } from '../errors.js';

// RFC 9110: a cookie name is a token.
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// Browsers compare them in any case (RFC 6265bis, section 5.4).
const PREFIX = /^__(host|secure|http)-/i;
const HOST_PREFIX = /^__host-/i;
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
  if (!secure) return plainNameOf(given ?? kind, option);
  const hostable = forHost && path === '/';
  const name = given ?? `${hostable ? '__Host-' : '__Secure-'}${kind}`;
  const text = tokenOf(name, option);
  if (hostable || !HOST_PREFIX.test(text)) return text;
  throw new PolicyConfigurationError(
    `${option}.name`,
    'begins with __Host-, which browsers take only with the path / and without a domain (RFC 6265bis, section 4.1.3)',
    `name it '__Secure-${kind}'`,
  );
}

function plainNameOf(given: unknown, option: string): string {
  const name = tokenOf(given, option);
  if (!PREFIX.test(name)) return name;
  throw new PolicyConfigurationError(
    `${option}.name`,
    'has a prefix that browsers take only over https, and cookies.insecure is given',
    `leave the name out in development, or write one without a prefix`,
  );
}

function tokenOf(name: unknown, option: string): string {
  if (typeof name === 'string' && NAME.test(name)) return name;
  throw new PolicyConfigurationError(
    `${option}.name`,
    'is not the name of a cookie',
    'use letters, digits, hyphens and underscores',
  );
}

/** @throws {PolicyConfigurationError} when no browser could read it. */
export function pathOf(path: unknown, option: string): string {
  if (typeof path === 'string' && /^\/[\x21-\x3a\x3c-\x7e]*$/.test(path)) return path;
  throw new PolicyConfigurationError(
    `${option}.path`,
    'is not the path of a cookie',
    `begin it with / and leave out blanks, semicolons and what is not ASCII: '/refresh'`,
  );
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
