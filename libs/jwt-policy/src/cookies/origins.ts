import { PolicyConfigurationError } from '../errors.js';

// Whoever sits on the line writes the pages of http: and ftp:, and those of the others say `null`.
const UNTRUSTED: ReadonlySet<string> = new Set(['http:', 'ftp:', 'ws:', 'wss:', 'file:']);

/** @throws {PolicyConfigurationError} when one is not exactly what a browser would send as `Origin`. */
export function originsOf(origins: unknown, scheme: 'https://' | 'http://'): ReadonlySet<string> {
  if (!Array.isArray(origins)) {
    throw new PolicyConfigurationError('cookies.origins', 'is not a list', `write for example ['https://app.example']`);
  }
  return new Set(origins.map((origin) => originOf(origin, scheme)));
}

function originOf(origin: unknown, scheme: 'https://' | 'http://'): string {
  const trusted = trustedOriginIn(origin, scheme);
  if (typeof origin === 'string' && origin === trusted && !origin.includes('*')) return origin;
  throw new PolicyConfigurationError(
    'cookies.origins',
    'has a value that no trusted page sends as its origin',
    `write scheme and host, and a port only where it is unusual: '${trusted ?? 'https://app.example'}'`,
  );
}

/** How a browser would spell the origin of an address; web views have schemes of their own. */
function trustedOriginIn(address: unknown, scheme: 'https://' | 'http://'): string | undefined {
  if (typeof address !== 'string' || !URL.canParse(address)) return undefined;
  const { protocol, host } = new URL(address);
  const isTrusted = !UNTRUSTED.has(protocol) || scheme.startsWith(protocol);
  return isTrusted && host !== '' ? `${protocol}//${host}` : undefined;
}
