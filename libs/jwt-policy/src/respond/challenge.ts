/** RFC 6750, section 3.1. */
export type BearerError = 'invalid_request' | 'invalid_token' | 'insufficient_scope';

// RFC 6749, section 3.3. A name with a blank would read as two.
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** The value of `WWW-Authenticate` (RFC 6750, section 3). Names that a scope cannot spell leave the attribute out. */
export function challenge(realm: string, error: BearerError | null, scope: readonly string[]): string {
  const attributes = [`realm="${quotable(realm)}"`];
  if (error) attributes.push(`error="${error}"`);
  if (scope.length > 0 && scope.every((name) => SCOPE_TOKEN.test(name))) attributes.push(`scope="${scope.join(' ')}"`);
  return `Bearer ${attributes.join(', ')}`;
}

function quotable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&');
}
