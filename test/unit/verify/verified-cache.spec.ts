import { InvalidToken, secretKey, type VerifiedToken } from 'nestjs-jwt-policy';
import { Key } from '../../../libs/jwt-policy/src/keys/key.js';
import { stopClock } from '../../support/clock.js';
import { PAIRS, tokenSignedBy } from '../../support/key-pairs.js';
import { AUDIENCE, ISSUER, SECRET, seconds, token } from '../../support/tokens.js';
import { verifierFor } from '../../support/verifiers.js';
import { keyPair } from 'nestjs-jwt-policy';

const OPTIONS = { issuer: ISSUER, audience: AUDIENCE, keys: secretKey(SECRET) };

/** A verifier, and how often it looks at a signature. */
function counted(verify: { cacheSize?: number; leeway?: `${number}s` } = {}) {
  const signatures = jest.spyOn(Key.prototype, 'hasSigned');
  return { verifier: verifierFor({ ...OPTIONS, verify }), signatures };
}

const reasonOf = (verify: () => VerifiedToken): string => {
  try {
    verify();
    return 'good';
  } catch (error) {
    return (error as InvalidToken).reason;
  }
};

describe('a token that comes again', () => {
  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  it('is the same verified token, without another look at its signature', () => {
    const { verifier, signatures } = counted();
    const text = token();
    const verified = verifier.verify(text);
    for (let time = 0; time < 5; time += 1) expect(verifier.verify(Buffer.from(text).toString())).toBe(verified);
    expect(signatures).toHaveBeenCalledTimes(1);
  });

  it('is refused from the moment that it ends, and not sooner', () => {
    const now = Math.floor(Date.now() / 1000) * 1000;
    stopClock(now);
    const { verifier } = counted({ leeway: '5s' });
    const text = token({ exp: now / 1000 + 60 });
    verifier.verify(text);
    stopClock(now + 64_999);
    expect(reasonOf(() => verifier.verify(text))).toBe('good');
    stopClock(now + 65_000);
    expect(reasonOf(() => verifier.verify(text))).toBe('expired');
  });

  it('is refused again when the clock is set back to before it was good', () => {
    const now = Math.floor(Date.now() / 1000) * 1000;
    stopClock(now);
    const { verifier } = counted();
    const [issued, held] = [token({ iat: now / 1000 }), token({ iat: now / 1000 - 60, nbf: now / 1000 - 10 })];
    verifier.verify(issued);
    verifier.verify(held);
    stopClock(now - 11_000);
    expect(reasonOf(() => verifier.verify(issued))).toBe('iat in the future');
    expect(reasonOf(() => verifier.verify(held))).toBe('nbf in the future');
  });

  it.each([
    ['padding', (text: string) => `${text}=`],
    ['a blank', (text: string) => `${text} `],
    ['a blank before it', (text: string) => ` ${text}`],
    ['another header before the same signature', (text: string) => `e30.${text.split('.').slice(1).join('.')}`],
    [
      'another payload before the same signature',
      (text: string) => {
        const [header, , signature] = text.split('.');
        const claims = Buffer.from(JSON.stringify({ sub: 'root', permissions: ['admin'] })).toString('base64url');
        return [header, claims, signature].join('.');
      },
    ],
    ['the end of the signature alone', (text: string) => text.slice(-24)],
    [
      'spare bits at the end',
      (text: string) => text.slice(0, -1) + String.fromCharCode(text.charCodeAt(text.length - 1) + 1),
    ],
    ['a fourth segment', (text: string) => `${text}.${text.split('.')[2]}`],
    ['another case', (text: string) => text.toUpperCase()],
  ])('is not taken for one with %s, which is not remembered either', (_case, change) => {
    const { verifier } = counted();
    const text = token();
    const verified = verifier.verify(text);
    for (let time = 0; time < 3; time += 1) expect(() => verifier.verify(change(text))).toThrow(InvalidToken);
    expect(verifier.verify(text)).toBe(verified);
  });

  it.each([
    ['forged', () => `${token().slice(0, -9)}AAAAAAAAA`],
    ['expired', () => token({ exp: seconds(-1) })],
    ['for somebody else', () => token({ aud: 'other' })],
  ])('is checked anew each time when it was refused as %s', (_case, text) => {
    const { verifier, signatures } = counted();
    const refused = text();
    for (let time = 0; time < 3; time += 1) expect(() => verifier.verify(refused)).toThrow(InvalidToken);
    expect(signatures).toHaveBeenCalledTimes(3);
  });

  it('is forgotten to make room for others, and verified anew', () => {
    const { verifier, signatures } = counted({ cacheSize: 2 });
    const [a, b, c] = [token(), token(), token()];
    for (const text of [a, b, c, b, c]) verifier.verify(text);
    expect(signatures).toHaveBeenCalledTimes(3);
    verifier.verify(a);
    expect(signatures).toHaveBeenCalledTimes(4);
  });

  it('is verified each time when none are to be remembered', () => {
    const { verifier, signatures } = counted({ cacheSize: 0 });
    const text = token();
    for (let time = 0; time < 3; time += 1) verifier.verify(text);
    expect(signatures).toHaveBeenCalledTimes(3);
  });

  it('is told apart from thousands of others', () => {
    const { verifier, signatures } = counted();
    const texts = Array.from({ length: 2_000 }, (_, index) => token({ sub: String(index) }));
    for (const text of texts) verifier.verify(text);
    for (const [index, text] of texts.entries()) expect(verifier.verify(text).subject).toBe(String(index));
    expect(signatures).toHaveBeenCalledTimes(2_000);
  });

  it('is not believed by a verifier that has not seen it, or has another key', () => {
    const text = token();
    counted().verifier.verify(text);
    const other = verifierFor({ ...OPTIONS, keys: secretKey(`${SECRET}-other`) });
    expect(reasonOf(() => other.verify(text))).toBe('signature mismatch');
  });

  it.each(['RS256', 'PS384', 'ES512', 'Ed25519'] as const)('is remembered with a signature by %s, too', (alg) => {
    const signatures = jest.spyOn(Key.prototype, 'hasSigned');
    const verifier = verifierFor({ ...OPTIONS, keys: keyPair({ privateKey: PAIRS[alg].privateKey, alg }) });
    const text = tokenSignedBy(alg, PAIRS[alg].privateKey);
    expect(verifier.verify(text)).toBe(verifier.verify(text));
    expect(signatures).toHaveBeenCalledTimes(1);
  });
});

describe('what a verified token shows to one request', () => {
  it('cannot be changed for the next', () => {
    const { verifier } = counted();
    const text = token({ plan: { name: 'gold', limits: [1, { deep: true }] } });
    const { claims, permissions } = verifier.verify(text);
    const changes = [
      () => Object.assign(claims, { sub: 'root' }),
      () => Object.assign(claims.plan as object, { name: 'free' }),
      () => ((claims.plan as { limits: unknown[] }).limits[0] = 2),
      () => Object.assign((claims.plan as { limits: [number, object] }).limits[1], { deep: false }),
      () => (claims.permissions as string[]).push('admin'),
      () => (permissions as string[]).push('admin'),
      () => verifier.verify(text).issuedAt.setTime(0),
    ];
    for (const change of changes.slice(0, -1)) expect(change).toThrow(TypeError);
    changes.at(-1)?.();
    expect(verifier.verify(text).issuedAt.getTime()).toBeGreaterThan(0);
    expect(verifier.verify(text).claims).toMatchObject({
      sub: '42',
      plan: { name: 'gold', limits: [1, { deep: true }] },
    });
    expect(verifier.verify(text).permissions).toEqual(['view']);
  });

  it('is one list for all tokens with the same permissions, in the same order', () => {
    const { verifier } = counted();
    const listOf = (permissions: string[]) => verifier.verify(token({ permissions })).permissions;
    expect(listOf(['a', 'b'])).toBe(listOf(['a', 'b']));
    expect(listOf(['a', 'b'])).not.toBe(listOf(['b', 'a']));
    expect(listOf(['a,b'])).toEqual(['a,b']);
    expect(listOf(['a', 'b'])).toEqual(['a', 'b']);
    expect(listOf(['a","b'])).toEqual(['a","b']);
  });

  it('is nothing more than was sent: an absent list stays absent among the claims', () => {
    const { claims, permissions } = counted().verifier.verify(token({ permissions: undefined }));
    expect('permissions' in claims).toBe(false);
    expect(permissions).toEqual([]);
  });
});
