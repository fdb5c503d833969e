import { createHmac } from 'node:crypto';
import { inspect } from 'node:util';
import { PAIRS, pem, tokenSignedBy } from './key-pairs.js';
import { base64url, GOOD_HEADER, goodClaims, seconds, SECRET, signRaw, token } from './tokens.js';

/** What is wrong with a text, the text, and the reason that the verifier must find. */
export type Forgery = readonly [flaw: string, text: () => string, reason: string];

const HEADER = JSON.stringify(GOOD_HEADER);
const claims = (): string => JSON.stringify(goodClaims());
const foreign = PAIRS.ES256.privateKey;

/** A signed token of exactly so many characters. */
export function tokenOfLength(length: number): string {
  for (const more of ['', 'x', 'xx']) {
    const bare = token({ filling: '' }, { more }).length;
    for (let filling = Math.floor(((length - bare) * 3) / 4) - 3; filling <= length; filling += 1) {
      const candidate = token({ filling: 'x'.repeat(filling) }, { more });
      if (candidate.length === length) return candidate;
      if (candidate.length > length) break;
    }
  }
  throw new RangeError(`no token has ${length} characters`);
}

/** Good claims, one of them replaced by JSON that `JSON.stringify` would not write. */
export function withRawClaim(name: string, json: string): string {
  return signRaw(HEADER, JSON.stringify({ ...goodClaims(), [name]: '@@' }).replace('"@@"', json));
}

/** An object that holds `depth` objects, itself counted. */
export const nested = (depth: number): object => (depth === 1 ? {} : { in: nested(depth - 1) });

/** A signature spelled with spare bits that decode to nothing. */
function withTailBits(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return text.slice(0, -1) + alphabet[alphabet.indexOf(text.at(-1) ?? 'A') + 1];
}

function segments(change: (header: string, payload: string, signature: string) => string[]): () => string {
  return () => {
    const [header, payload, signature] = token().split('.');
    return change(header, payload, signature).join('.');
  };
}

const SEGMENTS = 'not three segments';
const CANONICAL = 'a segment is not canonical base64url';
const HEADER_JSON = 'the header is not one JSON object without repeated names';
const PAYLOAD_JSON = 'the payload is not one JSON object without repeated names';
const PARAMETER = 'an unsupported header parameter';
const TYPE = 'a token of another type';
const KID = 'kid is not an identifier';
const NO_KEY = 'no key of this kid';
const ALGORITHM = 'another algorithm than the one of the key';
const SIGNATURE = 'signature mismatch';

const SPELLINGS: Forgery[] = [
  ['nothing', () => '', SEGMENTS],
  ['one word', () => 'garbage', SEGMENTS],
  ['two segments', segments((h, p) => [h, p]), SEGMENTS],
  ['a fourth, empty segment', segments((h, p, s) => [h, p, s, '']), SEGMENTS],
  ['a leading dot', segments((h, p, s) => ['', h, p, s]), SEGMENTS],
  ['the five segments of a JWE', segments((h, p, s) => [h, '', p, s, s]), SEGMENTS],
  ['two tokens in a row', () => `${token()}.${token()}`, SEGMENTS],
  ['three empty segments', () => '..', CANONICAL],
  ['an empty header', segments((_, p, s) => ['', p, s]), CANONICAL],
  ['an empty payload', segments((h, _, s) => [h, '', s]), CANONICAL],
  ['no signature', segments((h, p) => [h, p, '']), CANONICAL],
  ['a padded header', segments((h, p, s) => [`${h}=`, p, s]), CANONICAL],
  ['a padded payload', segments((h, p, s) => [h, `${p}==`, s]), CANONICAL],
  ['a padded signature', segments((h, p, s) => [h, p, `${s}==`]), CANONICAL],
  ['a plus in the signature', segments((h, p, s) => [h, p, `+${s.slice(1)}`]), CANONICAL],
  ['a slash in the payload', segments((h, p, s) => [h, `/${p.slice(1)}`, s]), CANONICAL],
  ['spare bits at the end of the signature', segments((h, p, s) => [h, p, withTailBits(s)]), CANONICAL],
  ['one lone character at the end', segments((h, p, s) => [h, p, s.slice(0, -1)]), CANONICAL],
  ['a blank before the header', segments((h, p, s) => [` ${h}`, p, s]), CANONICAL],
  ['a blank in the payload', segments((h, p, s) => [h, `${p.slice(0, 9)} ${p.slice(9)}`, s]), CANONICAL],
  ['a blank after the signature', segments((h, p, s) => [h, p, `${s} `]), CANONICAL],
  ['a line feed after the signature', segments((h, p, s) => [h, p, `${s}\n`]), CANONICAL],
  ['a tab in the header', segments((h, p, s) => [`${h}\t`, p, s]), CANONICAL],
  ['a NUL at the end', segments((h, p, s) => [h, p, `${s}\0`]), CANONICAL],
  ['a zero-width blank', segments((h, p, s) => [h, p, `${s}\u200b`]), CANONICAL],
  ['a letter that only looks like A', segments((h, p, s) => [h, p, `\u0391${s.slice(1)}`]), CANONICAL],
  ['a percent-encoded dash', segments((h, p, s) => [h, p, `%2D${s.slice(1)}`]), CANONICAL],
  ['a scheme before the token', () => `Bearer ${token()}`, CANONICAL],
  ['one character more than the cap', () => tokenOfLength(8193), 'longer than verify.maxTokenBytes'],
];

const bytes = (...parts: (string | number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));

const BROKEN_TEXTS: readonly (readonly [flaw: string, broken: (json: string) => string | Buffer])[] = [
  ['a byte that is not UTF-8', (json) => bytes(json.slice(0, -1), ',"x":"', [0xff], '"}')],
  ['an overlong spelling', (json) => bytes(json.slice(0, -1), ',"x":"', [0xc0, 0xaf], '"}')],
  ['half a surrogate pair', (json) => bytes(json.slice(0, -1), ',"x":"', [0xed, 0xa0, 0x80], '"}')],
  ['a cut character', (json) => bytes(json.slice(0, -1), ',"x":"', [0xe2, 0x82], '"}')],
  ['a byte order mark', (json) => `\ufeff${json}`],
  ['UTF-16', (json) => Buffer.from(json, 'utf16le')],
  ['an array around it', (json) => `[${json}]`],
  ['two objects', (json) => json + json],
  ['text after the object', (json) => `${json}x`],
  ['a comma too many', (json) => `${json.slice(0, -1)},}`],
  ['a comment', (json) => `/**/${json}`],
  ['the object as a string', (json) => JSON.stringify(json)],
  ['null', () => 'null'],
  ['a number', () => '1'],
  ['true', () => 'true'],
  ['one blank', () => ' '],
  ['a member twice', (json) => `{"x":1,"x":1,${json.slice(1)}`],
  ['a member twice, once escaped', (json) => `{"x":1,"\\u0078":2,${json.slice(1)}`],
  ['a member twice, far below', (json) => `{"x":[{"y":{"z":1,"z":2}}],${json.slice(1)}`],
  ['an empty name twice', (json) => `{"":1,"":2,${json.slice(1)}`],
  ['__proto__ twice', (json) => `{"__proto__":1,"__proto__":2,${json.slice(1)}`],
  ['a member twice beside a string of colons', (json) => `{"x":":::\\":","x":"\\\\",${json.slice(1)}`],
  ['seventeen levels of objects', (json) => `{"x":${JSON.stringify(nested(16))},${json.slice(1)}`],
  ['thousands of levels of arrays', (json) => `{"x":${'['.repeat(2000)}${']'.repeat(2000)},${json.slice(1)}`],
];

const TEXTS: Forgery[] = BROKEN_TEXTS.flatMap(([flaw, broken]): Forgery[] => [
  [`a header with ${flaw}`, () => signRaw(broken(HEADER), claims()), HEADER_JSON],
  [`a payload with ${flaw}`, () => signRaw(HEADER, broken(claims())), PAYLOAD_JSON],
]);

const REPEATED: Forgery[] = [
  ['alg twice', () => signRaw(`{"alg":"none",${HEADER.slice(1)}`, claims()), HEADER_JSON],
  ['alg twice, once escaped', () => signRaw(`{"\\u0061lg":"none",${HEADER.slice(1)}`, claims()), HEADER_JSON],
  ['permissions twice', () => signRaw(HEADER, `{"permissions":["admin"],${claims().slice(1)}`), PAYLOAD_JSON],
  ['exp twice', () => signRaw(HEADER, `{"exp":9999999999,${claims().slice(1)}`), PAYLOAD_JSON],
  ['sub twice, once escaped', () => signRaw(HEADER, `{"s\\u0075b":"1",${claims().slice(1)}`), PAYLOAD_JSON],
];

const header =
  (parameters: Record<string, unknown>): (() => string) =>
  () =>
    token({}, parameters);

const HEADERS: Forgery[] = [
  ...[
    'none',
    'None',
    'NONE',
    'nOnE',
    'hs512',
    'HS512 ',
    'ES256',
    '',
    null,
    512,
    ['HS512'],
    { alg: 'HS512' },
    undefined,
  ].map((alg): Forgery => [`alg ${JSON.stringify(alg)}`, header({ alg }), ALGORITHM]),
  [
    'alg none without a signature',
    () => `${base64url('{"alg":"none","typ":"at+jwt"}')}.${base64url(claims())}.`,
    CANONICAL,
  ],
  ['a good HS256 signature', () => tokenSignedBy('HS256', SECRET), ALGORITHM],
  ['a good HS384 signature', () => tokenSignedBy('HS384', SECRET), ALGORITHM],
  ['a good signature of its own RSA key', () => tokenSignedBy('RS256', PAIRS.RS256.privateKey), ALGORITHM],
  ...(
    [
      { crit: ['exp'], exp: 1 },
      { crit: [] },
      { crit: null },
      { crit: ['b64'], b64: false },
      { b64: true },
      { b64: false },
      { enc: 'A256GCM' },
      { zip: 'DEF' },
    ] satisfies Record<string, unknown>[]
  ).map((parameters): Forgery => [`the header ${JSON.stringify(parameters)}`, header(parameters), PARAMETER]),
  ...[
    'JWT',
    'jwt',
    'rt+jwt',
    'refresh+jwt',
    'logout+jwt',
    'dpop+jwt',
    'at',
    'at+jwt ',
    ' at+jwt',
    'at+jwt; charset=utf-8',
    'text/at+jwt',
    'application/application/at+jwt',
    'application/',
    '',
    null,
    1,
    ['at+jwt'],
    undefined,
  ].map((typ): Forgery => [`typ ${JSON.stringify(typ)}`, header({ typ }), TYPE]),
  ...[null, 1, true, [], ['k'], {}, '', 'k'.repeat(257)].map((kid): Forgery => [
    `kid ${JSON.stringify(kid).slice(0, 9)}`,
    header({ kid }),
    KID,
  ]),
  ...['unknown', '__proto__', 'constructor', 'toString', '../../dev/null', "' or 1=1 --", 'k'.repeat(256)].map(
    (kid): Forgery => [`kid ${kid.slice(0, 20)}`, header({ kid }), NO_KEY],
  ),
  ['what it needs in __proto__ only', () => signRaw(`{"__proto__":${HEADER}}`, claims()), TYPE],
];

const KEY_PARAMETERS: readonly (readonly [name: string, parameters: Record<string, unknown>])[] = [
  ['jwk', { jwk: PAIRS.ES256.publicKey.export({ format: 'jwk' }) }],
  ['an oct jwk', { jwk: { kty: 'oct', k: base64url('attacker'.repeat(8)) } }],
  ['jku', { jku: 'http://127.0.0.1:9/jwks' }],
  ['x5u', { x5u: 'http://127.0.0.1:9/cert' }],
  ['x5c', { x5c: [PAIRS.ES256.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')] }],
];

const OWN_KEYS = KEY_PARAMETERS.flatMap(([name, parameters]): Forgery[] => [
  [`its own HMAC key and ${name}`, () => tokenSignedBy('HS512', 'attacker'.repeat(8), parameters), SIGNATURE],
  [`its own EC key and ${name}`, () => tokenSignedBy('ES256', foreign, parameters), ALGORITHM],
]);

const resigned = (change: (signature: Buffer, input: string) => Buffer): (() => string) =>
  segments((h, p, s) => [h, p, change(Buffer.from(s, 'base64url'), `${h}.${p}`).toString('base64url')]);

const SIGNATURES: Forgery[] = [
  ['a signature of another key', () => signRaw(HEADER, claims(), 'x'.repeat(64)), SIGNATURE],
  ['a signature of the empty key', () => signRaw(HEADER, claims(), ''), SIGNATURE],
  ['a signature of a shorter hash', () => signRaw(HEADER, claims(), SECRET, 'sha256'), SIGNATURE],
  ['a signature cut by a byte', resigned((s) => s.subarray(0, 63)), SIGNATURE],
  ['a signature of one byte', resigned((s) => s.subarray(0, 1)), SIGNATURE],
  ['a signature with a byte more', resigned((s) => Buffer.concat([s, s.subarray(0, 1)])), SIGNATURE],
  ['a signature twice', resigned((s) => Buffer.concat([s, s])), SIGNATURE],
  ['a signature of zeros', resigned(() => Buffer.alloc(64)), SIGNATURE],
  ['a hash instead of a signature', resigned((_, input) => createHmac('sha512', '').update(input).digest()), SIGNATURE],
  ['the signature of another token', segments((h, p) => [h, p, token({ sub: '1' }).split('.')[2]]), SIGNATURE],
  ['the payload of another token', segments((h, _, s) => [h, token({ sub: '1' }).split('.')[1], s]), SIGNATURE],
  ['header and payload swapped', segments((h, p, s) => [p, h, s]), TYPE],
];

const IDENTIFIERS: readonly unknown[] = [undefined, null, '', 42, true, ['42'], { id: '42' }, 'x'.repeat(257)];
const NO_TIMES: readonly unknown[] = [null, '9999999999', 'tomorrow', true, false, [], [9_999_999_999], {}];
const HUGE_NUMBERS = ['1e400', '-1e400', '1e300', '-1e300', '8640000000001', '-8640000000001'];

const wrong = (name: string, values: readonly unknown[], reason: string): Forgery[] =>
  values.map((value) => [`${name} ${inspect(value).slice(0, 40)}`, () => token({ [name]: value }), reason]);

const wrongTimes = (name: string, reason: string): Forgery[] => [
  ...wrong(name, NO_TIMES, reason),
  ...HUGE_NUMBERS.map((json): Forgery => [`${name} ${json}`, () => withRawClaim(name, json), reason]),
];

const CLAIMS: Forgery[] = [
  ...wrongTimes('exp', 'exp is missing or not a time'),
  ...wrong('exp', [undefined], 'exp is missing or not a time'),
  ...wrongTimes('iat', 'iat is missing or not a time'),
  ...wrong('iat', [undefined], 'iat is missing or not a time'),
  ...wrongTimes('nbf', 'nbf is not a time'),
  ['an iat of tomorrow', () => token({ iat: seconds(86_400) }), 'iat in the future'],
  ['an iat in milliseconds', () => token({ iat: Date.now() }), 'iat in the future'],
  ['an nbf of tomorrow', () => token({ nbf: seconds(86_400) }), 'nbf in the future'],
  ...wrong(
    'iss',
    [
      undefined,
      null,
      '',
      'https://shop.example/',
      'https://SHOP.example',
      'https://shop.exampl',
      ' https://shop.example',
      ['https://shop.example'],
      { iss: 'https://shop.example' },
      1,
    ],
    'issuer mismatch',
  ),
  ...wrong(
    'aud',
    [
      undefined,
      null,
      '',
      'other',
      'SHOP-API',
      'shop-api ',
      'shop-api other',
      [],
      ['other'],
      ['shop-api', 1],
      ['shop-api', null],
      [['shop-api']],
      { 0: 'shop-api' },
      1,
      true,
    ],
    'audience mismatch',
  ),
  ...wrong('sub', IDENTIFIERS, 'sub is missing or not an identifier'),
  ...wrong('jti', IDENTIFIERS, 'jti is missing or not an identifier'),
  ...wrong(
    'permissions',
    [
      'viewer',
      'view',
      '',
      null,
      1,
      true,
      {},
      { view: true },
      { 0: 'view', length: 1 },
      [['view']],
      [1],
      [null],
      ['view', 1],
      ['view', { edit: true }],
    ],
    'permissions is not an array of strings',
  ),
  ...wrong('user_name', [null, 1, true, [], ['joe'], {}], 'user_name is not a string'),
  ['its claims in __proto__ only', () => signRaw(HEADER, `{"__proto__":${claims()}}`), 'exp is missing or not a time'],
];

/** Every forgery that a verifier of the HS512 `SECRET` must call invalid. */
export const FORGERIES: readonly Forgery[] = [
  ...SPELLINGS,
  ...TEXTS,
  ...REPEATED,
  ...HEADERS,
  ...OWN_KEYS,
  ...SIGNATURES,
  ...CLAIMS,
  [
    'an HMAC by a public key that its kid names',
    () => tokenSignedBy('HS512', pem(PAIRS.RS512.publicKey), { kid: 'public' }),
    NO_KEY,
  ],
];

const EXPIRED = 'expired';

/** Tokens that were good once. */
export const EXPIRIES: readonly Forgery[] = [
  ['an exp of a second ago', () => token({ exp: seconds(-1) }), EXPIRED],
  ['an exp of zero', () => token({ exp: 0 }), EXPIRED],
  ['an exp of minus zero', () => withRawClaim('exp', '-0'), EXPIRED],
  ['a negative exp', () => token({ exp: -1 }), EXPIRED],
  ['the first second there is', () => token({ exp: -8_640_000_000_000 }), EXPIRED],
  ['the seed’s exp, counted from now', () => token({ exp: 650_397 }), EXPIRED],
];
