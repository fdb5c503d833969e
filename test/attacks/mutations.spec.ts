import * as fc from 'fast-check';
import { OPTIONS } from '../support/guarded-shop.js';
import { outcomeOf, serviceFor } from '../support/token-services.js';
import { AUDIENCE, GOOD_HEADER, goodClaims, ISSUER, seconds, signRaw, token } from '../support/tokens.js';

const service = serviceFor(OPTIONS);
const GOOD = { header: GOOD_HEADER as Record<string, unknown>, claims: goodClaims() };
const TEXT = signRaw(JSON.stringify(GOOD.header), JSON.stringify(GOOD.claims));

const OTHER = token({ sub: '1' });

const isId = (value: unknown): boolean => typeof value === 'string' && value.length >= 1 && value.length <= 256;
const isTime = (value: unknown): value is number =>
  Number.isFinite(value) && Math.abs(value as number) <= 8_640_000_000_000;
const areNames = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((name) => typeof name === 'string');

/** The rules, written a second time and without regard to speed or order. */
function holds(header: Record<string, unknown>, claims: Record<string, unknown>): boolean {
  const { alg, typ } = header;
  const { iss, aud, sub, jti, exp, iat, nbf, permissions, user_name: name } = claims;
  return [
    alg === 'HS512',
    typeof typ === 'string' && /^(application\/)?at\+jwt$/i.test(typ),
    !['kid', 'crit', 'b64', 'enc', 'zip'].some((parameter) => Object.hasOwn(header, parameter)),
    iss === ISSUER,
    aud === AUDIENCE || (areNames(aud) && aud.includes(AUDIENCE)),
    isId(sub) && isId(jti),
    isTime(exp) && exp > seconds(30),
    isTime(iat) && iat <= seconds(),
    nbf === undefined || (isTime(nbf) && nbf <= seconds()),
    permissions === undefined || areNames(permissions),
    name === undefined || typeof name === 'string',
  ].every(Boolean);
}

const moments = fc.constantFrom(0, -1, 1e300, 8_640_000_000_001, seconds(-100), seconds(100), seconds(-100) * 1000);
const oddValues = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  moments,
  fc.constantFrom<unknown>(
    undefined,
    'HS512',
    'none',
    'at+jwt',
    'AT+JWT',
    'JWT',
    ISSUER,
    AUDIENCE,
    [AUDIENCE],
    [AUDIENCE, 1],
    ['view'],
    'view',
    null,
    '',
    'x'.repeat(257),
    { __proto__: null, toString: 1 },
  ),
);
const edits = (names: readonly string[]): fc.Arbitrary<Record<string, unknown>> =>
  fc
    .array(
      fc.tuple(
        fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: fc.string() }),
        oddValues,
      ),
      { maxLength: 3 },
    )
    .map((changes) => Object.fromEntries(changes.filter(([name]) => name !== '__proto__')));
const headerEdits = edits(['alg', 'typ', 'kid', 'crit', 'b64', 'enc', 'zip', 'jwk', 'jku', 'x5c', 'x5u', 'cty']);
const claimEdits = edits([
  'iss',
  'aud',
  'sub',
  'iat',
  'exp',
  'nbf',
  'jti',
  'permissions',
  'user_name',
  'scope',
  'constructor',
]);

const REFUSED = { refused: expect.objectContaining({ message: 'The token is not valid' }) as unknown };

describe('a mutated token', () => {
  const position = fc.nat({ max: TEXT.length - 1 });

  it('is refused whichever bits of it are flipped', async () => {
    await fc.assert(
      fc.asyncProperty(position, fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        const text = TEXT.slice(0, at) + String.fromCodePoint(TEXT.charCodeAt(at) ^ mask) + TEXT.slice(at + 1);
        expect(await outcomeOf(service, text)).toMatchObject(REFUSED);
      }),
      { numRuns: 2000 },
    );
  });

  it('is refused whatever is inserted, cut out or put in another place', async () => {
    const { length } = TEXT;
    const cutOut = fc
      .tuple(position, fc.integer({ min: 1, max: length }))
      .map(([at, size]) => TEXT.slice(0, at) + TEXT.slice(at + size));
    const inserted = fc
      .tuple(fc.nat({ max: length }), fc.string({ minLength: 1, unit: 'binary' }))
      .map(([at, more]) => TEXT.slice(0, at) + more + TEXT.slice(at));
    const shuffled = fc
      .array(fc.constantFrom(...TEXT.split('.'), ...OTHER.split('.'), '', '.', 'e30'), { maxLength: 6 })
      .map((parts) => parts.join('.'));
    await fc.assert(
      fc.asyncProperty(fc.oneof(cutOut, inserted), async (text) => {
        expect(await outcomeOf(service, text)).toMatchObject(REFUSED);
      }),
      { numRuns: 1500 },
    );
    await fc.assert(
      fc.asyncProperty(shuffled, async (text) => {
        const isWhole = text === TEXT || text === OTHER;
        expect(await outcomeOf(service, text)).toMatchObject(isWhole ? { accepted: true } : REFUSED);
      }),
      { numRuns: 500 },
    );
  });

  it('is accepted, when the right key signs it, exactly where every rule holds', async () => {
    const accepted: boolean[] = [];
    await fc.assert(
      fc.asyncProperty(headerEdits, claimEdits, async (changedHeader, changedClaims) => {
        const header = JSON.stringify({ ...GOOD.header, ...changedHeader });
        const claims = JSON.stringify({ ...GOOD.claims, ...changedClaims });
        const text = signRaw(header, claims);
        fc.pre(text.length <= 8192);
        const expected = holds(JSON.parse(header) as typeof GOOD.header, JSON.parse(claims) as typeof GOOD.claims);
        expect(await outcomeOf(service, text)).toMatchObject(expected ? { accepted: true } : REFUSED);
        accepted.push(expected);
      }),
      { numRuns: 3000 },
    );
    expect(new Set(accepted)).toEqual(new Set([true, false]));
  });

  it('is refused when another key signs it, whatever it says', async () => {
    await fc.assert(
      fc.asyncProperty(headerEdits, claimEdits, fc.string({ maxLength: 90 }), async (header, claims, secret) => {
        const text = signRaw(
          JSON.stringify({ ...GOOD.header, ...header }),
          JSON.stringify({ ...GOOD.claims, ...claims }),
          secret,
        );
        expect(await outcomeOf(service, text)).toMatchObject(REFUSED);
      }),
      { numRuns: 1000 },
    );
  });

  it('is refused when header and payload are any bytes at all', async () => {
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.string({ unit: 'binary' }), fc.json({ maxDepth: 4 }));
    await fc.assert(
      fc.asyncProperty(bytes, bytes, fc.boolean(), async (header, payload, isHeaderGood) => {
        const text = signRaw(isHeaderGood ? JSON.stringify(GOOD.header) : header, payload);
        expect(await outcomeOf(service, text)).toMatchObject(REFUSED);
      }),
      { numRuns: 1500 },
    );
  });

  it('is refused when it is not a token at all', async () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withNullPrototype: true,
        withSparseArray: true,
        withTypedArray: true,
      }),
    );
    await fc.assert(
      fc.asyncProperty(anything, async (value) => {
        expect(await outcomeOf(service, value)).toMatchObject(REFUSED);
      }),
      { numRuns: 2000 },
    );
  });
});
