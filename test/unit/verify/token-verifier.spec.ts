import { InvalidToken, keyRing, secretKey } from 'nestjs-jwt-policy';
import { AUDIENCE, goodClaims, ISSUER, seconds, SECRET, signRaw, token } from '../../support/tokens.js';
import { verifierFor } from '../../support/verifiers.js';

const NOW = new Date('2026-11-23T12:00:00Z');
const options = { issuer: ISSUER, audience: [AUDIENCE, 'other-api'], verify: { leeway: '10s' } } as const;
const verifier = verifierFor({ ...options, keys: secretKey(SECRET) });
const outcome = (text: string, by = verifier): string => {
  try {
    by.verify(text);
    return 'accepted';
  } catch (error) {
    if (error instanceof InvalidToken) return `${error.code}: ${error.reason}`;
    throw error;
  }
};

beforeAll(() => {
  jest.useFakeTimers({
    now: NOW,
    doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'setInterval', 'queueMicrotask'],
  });
});
afterAll(() => jest.useRealTimers());

describe('the verifier', () => {
  it('reads what a token says', () => {
    const verified = verifier.verify(token({ jti: 'id-1', tenant: 7 }));
    expect(verified).toMatchObject({ id: 'id-1', subject: '42', permissions: ['view'], name: 'joe' });
    expect(verified.claims.tenant).toBe(7);
    expect(verified.issuedAt).toEqual(NOW);
    expect(verified.expiresAt).toEqual(new Date(NOW.getTime() + 600_000));
  });

  it('reads a token without permissions and name', () => {
    expect(verifier.verify(token({ permissions: undefined, user_name: undefined }))).toMatchObject({
      permissions: [],
      name: undefined,
    });
  });

  it.each([
    ['exp', { exp: undefined }, 'exp is missing or not a time'],
    ['exp', { exp: '1' }, 'exp is missing or not a time'],
    ['exp', { exp: 8_640_000_000_001 }, 'exp is missing or not a time'],
    ['iat', { iat: undefined }, 'iat is missing or not a time'],
    ['iat', { iat: null }, 'iat is missing or not a time'],
    ['nbf', { nbf: 'now' }, 'nbf is not a time'],
    ['nbf', { nbf: null }, 'nbf is not a time'],
    ['iss', { iss: `${ISSUER}/` }, 'issuer mismatch'],
    ['iss', { iss: [ISSUER] }, 'issuer mismatch'],
    ['aud', { aud: 'shop-api2' }, 'audience mismatch'],
    ['aud', { aud: undefined }, 'audience mismatch'],
    ['aud', { aud: [AUDIENCE, 1] }, 'audience mismatch'],
    ['aud', { aud: [] }, 'audience mismatch'],
    ['sub', { sub: 42 }, 'sub is missing or not an identifier'],
    ['sub', { sub: '' }, 'sub is missing or not an identifier'],
    ['sub', { sub: 'a'.repeat(257) }, 'sub is missing or not an identifier'],
    ['jti', { jti: undefined }, 'jti is missing or not an identifier'],
    ['permissions', { permissions: 'viewer' }, 'permissions is not an array of strings'],
    ['permissions', { permissions: null }, 'permissions is not an array of strings'],
    ['permissions', { permissions: ['view', 1] }, 'permissions is not an array of strings'],
    ['user_name', { user_name: {} }, 'user_name is not a string'],
  ])('refuses a %s of %j', (_claim, claims, reason) => {
    expect(outcome(token(claims))).toBe(`ERR_TOKEN_INVALID: ${reason}`);
  });

  it.each([
    ['accepts', 'exp', -9, 'accepted'],
    ['refuses', 'exp', -10, 'ERR_TOKEN_EXPIRED: expired'],
    ['accepts', 'iat', 10, 'accepted'],
    ['refuses', 'iat', 11, 'ERR_TOKEN_INVALID: iat in the future'],
    ['accepts', 'nbf', 10, 'accepted'],
    ['refuses', 'nbf', 11, 'ERR_TOKEN_INVALID: nbf in the future'],
  ])('%s a token whose %s is %i seconds from now, with ten of leeway', (_verb, claim, offset, expected) => {
    expect(outcome(token({ [claim]: seconds(offset) }))).toBe(expected);
  });

  it.each([
    [{ alg: 'HS256' }, 'another algorithm than the one of the key'],
    [{ alg: 'none' }, 'another algorithm than the one of the key'],
    [{ alg: undefined }, 'another algorithm than the one of the key'],
    [{ typ: 'JWT' }, 'a token of another type'],
    [{ typ: undefined }, 'a token of another type'],
    [{ typ: 1 }, 'a token of another type'],
    [{ kid: 'unknown' }, 'no key of this kid'],
    [{ kid: 1 }, 'kid is not an identifier'],
    [{ kid: '' }, 'kid is not an identifier'],
    [{ kid: 'a'.repeat(257) }, 'kid is not an identifier'],
    [{ crit: ['exp'] }, 'an unsupported header parameter'],
    [{ b64: true }, 'an unsupported header parameter'],
    [{ enc: 'A256GCM' }, 'an unsupported header parameter'],
    [{ zip: 'DEF' }, 'an unsupported header parameter'],
  ])('refuses a header with %j', (header, reason) => {
    expect(outcome(token({}, header))).toBe(`ERR_TOKEN_INVALID: ${reason}`);
  });

  it.each(['application/at+jwt', 'AT+JWT', 'Application/At+Jwt'])('takes %s for the same media type', (typ) => {
    expect(outcome(token({}, { typ }))).toBe('accepted');
  });

  it('refuses a payload that is signed, but no object', () => {
    expect(outcome(signRaw('{"alg":"HS512","typ":"at+jwt"}', '[]'))).toBe(
      'ERR_TOKEN_INVALID: the payload is not one JSON object without repeated names',
    );
  });

  it('checks the signature before it looks at claims', () => {
    const forged = signRaw('{"alg":"HS512","typ":"at+jwt"}', JSON.stringify({ ...goodClaims(), exp: 0 }), 'another');
    expect(outcome(forged)).toBe('ERR_TOKEN_INVALID: signature mismatch');
  });

  it('finds the key by its kid and tries no other', () => {
    const other = 'x1'.repeat(3) + SECRET;
    const ring = keyRing({ active: secretKey(SECRET, { kid: 'new' }), retiring: [secretKey(other, { kid: 'old' })] });
    const byRing = verifierFor({ ...options, keys: ring });
    expect(outcome(token({}, { kid: 'new' }), byRing)).toBe('accepted');
    expect(outcome(token({}, { kid: 'old' }), byRing)).toBe('ERR_TOKEN_INVALID: signature mismatch');
    expect(outcome(token(), byRing)).toBe('ERR_TOKEN_INVALID: no key of this kid');
  });
});
