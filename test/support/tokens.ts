import { createHmac, randomBytes, randomUUID } from 'node:crypto';

/** A strong secret of this run. */
export const SECRET = randomBytes(64).toString('base64url');
export const ISSUER = 'https://shop.example';
export const AUDIENCE = 'shop-api';

export const seconds = (offset = 0): number => Math.floor(Date.now() / 1000) + offset;
export const base64url = (value: string | Uint8Array): string => Buffer.from(value).toString('base64url');

/** Claims that the verifier accepts. */
export const goodClaims = (): Record<string, unknown> => ({
  iss: ISSUER,
  aud: AUDIENCE,
  sub: '42',
  iat: seconds(),
  exp: seconds(600),
  jti: randomUUID(),
  permissions: ['view'],
  user_name: 'joe',
});

export const GOOD_HEADER = { alg: 'HS512', typ: 'at+jwt' };

/** Signs whatever two texts it is given, as an attacker with the key would: nothing is checked or tidied. */
export function signRaw(
  header: string | Uint8Array,
  payload: string | Uint8Array,
  secret: string = SECRET,
  hash = 'sha512',
): string {
  const input = `${base64url(header)}.${base64url(payload)}`;
  return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`;
}

/** A signed token with some claims or header parameters changed; `undefined` removes one. */
export function token(claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}): string {
  return signRaw(JSON.stringify({ ...GOOD_HEADER, ...header }), JSON.stringify({ ...goodClaims(), ...claims }));
}
