/** The claims that the library writes itself. */
export const OWN_CLAIMS: ReadonlySet<string> = new Set([
  'iss',
  'aud',
  'sub',
  'iat',
  'exp',
  'nbf',
  'jti',
  'sid',
  'auth_time',
  'permissions',
  'user_name',
]);

/** The claims of an app, as they will be written. */
export function ownClaims(claims: unknown = {}): object {
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) {
    throw new TypeError('issue(): subject.claims must be an object that JSON can hold, not deeper than 16 levels');
  }
  let plain: Record<string, unknown>;
  try {
    plain = JSON.parse(JSON.stringify(claims)) as Record<string, unknown>;
  } catch (error) {
    throw new TypeError('issue(): subject.claims cannot be written as JSON', { cause: error });
  }
  const taken = Object.keys(plain).find((name) => OWN_CLAIMS.has(name));
  if (taken)
    throw new TypeError(`issue(): subject.claims must not set "${taken}"; the library writes that claim itself`);
  return plain;
}
