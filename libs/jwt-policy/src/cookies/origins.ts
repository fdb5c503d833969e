import { PolicyConfigurationError } from '../errors.js';

/** @throws {PolicyConfigurationError} when one is not exactly what a browser would send as `Origin`. */
export function originsOf(origins: unknown, scheme: 'https://' | 'http://'): ReadonlySet<string> {
  if (!Array.isArray(origins)) {
    throw new PolicyConfigurationError('cookies.origins', 'is not a list', `write for example ['https://app.example']`);
  }
  return new Set(origins.map((origin) => originOf(origin, scheme)));
}

function originOf(origin: unknown, scheme: 'https://' | 'http://'): string {
  const serialized = typeof origin === 'string' && URL.canParse(origin) ? new URL(origin).origin : 'null';
  // Whoever sits on the line writes the pages of an http: origin.
  const trusted = serialized.startsWith('https://') || serialized.startsWith(scheme);
  if (typeof origin === 'string' && trusted && serialized === origin && !origin.includes('*')) return origin;
  throw new PolicyConfigurationError(
    'cookies.origins',
    'has a value that no trusted page sends as its origin',
    `write scheme and host, and a port only where it is unusual: '${trusted ? serialized : 'https://app.example'}'`,
  );
}
