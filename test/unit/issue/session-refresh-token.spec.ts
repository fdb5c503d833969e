import { createHash, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { PolicyUnavailable } from 'nestjs-jwt-policy';
import { RefreshToken } from '../../../libs/jwt-policy/src/issue/sessions/refresh-token.js';
import { seal, unseal } from '../../../libs/jwt-policy/src/issue/sessions/sealed-text.js';

const END = new Date('2030-01-01T00:00:00.123Z');
const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('base64url');
const bytesOf = (token: RefreshToken): Buffer => Buffer.from(token.text(), 'base64url');
const parsed = (text: unknown): RefreshToken => {
  const token = RefreshToken.parse(text);
  if (token === null) throw new Error('it is none');
  return token;
};

describe('a refresh token', () => {
  it('is 86 characters of base64url: the id of its session, a family of 128 bits and 256 bits of its own', () => {
    const token = RefreshToken.first();
    expect(token.text()).toMatch(/^[\w-]{86}$/);
    const bytes = bytesOf(token);
    expect(bytes).toHaveLength(64);
    expect(bytes.toString('hex', 0, 16)).toBe(token.sessionId.replaceAll('-', ''));
    expect(token.familyHash()).toBe(hash(bytes.subarray(16, 32)));
    expect(token.hash()).toBe(hash(bytes.subarray(32)));
  });

  it('is read as it was written', () => {
    for (let round = 0; round < 200; round += 1) {
      const token = RefreshToken.first();
      const again = parsed(token.text());
      expect([again.sessionId, again.familyHash(), again.hash(), again.text()]).toEqual([
        token.sessionId,
        token.familyHash(),
        token.hash(),
        token.text(),
      ]);
    }
  });

  it('never comes twice, in no part', () => {
    const tokens = Array.from({ length: 500 }, () => bytesOf(RefreshToken.first()));
    for (const [from, to] of [
      [0, 16],
      [16, 32],
      [32, 64],
    ]) {
      expect(new Set(tokens.map((bytes) => bytes.toString('hex', from, to))).size).toBe(500);
    }
  });

  const text = RefreshToken.first().text();
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a number', 86],
    ['a list', [text]],
    ['an object that says it is one', { toString: () => text, length: 86 }],
    ['a buffer', Buffer.from(text)],
    ['an empty text', ''],
    ['one character less', text.slice(0, -1)],
    ['one character more', `${text}A`],
    ['padding', `${text}==`],
    ['padding in its place', `${text.slice(0, -2)}==`],
    ['a blank at the end', `${text.slice(0, -1)} `],
    ['a line feed before it', `\n${text.slice(1)}`],
    ['the other alphabet', `+/${text.slice(2)}`],
    ['a dot', `${text.slice(0, 40)}.${text.slice(41)}`],
    ['letters that only look alike', `\u0410${text.slice(1)}`],
    ['spare bits at the end', `${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'h'}`],
    ['ten megabytes', 'A'.repeat(10_000_000)],
    ['ten megabytes after it', text + 'A'.repeat(10_000_000)],
  ])('is not %s', (_case, given) => {
    expect(RefreshToken.parse(given)).toBeNull();
  });

  it('has one spelling: of the 64 last characters that decode to the same bytes only one is taken', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const taken = Array.from(alphabet).filter((last) => RefreshToken.parse(text.slice(0, -1) + last) !== null);
    expect(taken).toEqual(['A', 'Q', 'g', 'w']);
  });

  it('shows no secret when it is printed', () => {
    const token = RefreshToken.first();
    const looks = [inspect(token, { depth: 9, showHidden: true, getters: true }), JSON.stringify(token)];
    const bytes = bytesOf(token);
    for (const part of [bytes.toString('hex', 16, 24), token.text(), token.hash(), token.familyHash()]) {
      expect(looks.join('\n')).not.toContain(part);
    }
  });

  it('is of its session and of no other', () => {
    const [token, other] = [RefreshToken.first(), RefreshToken.first()];
    const session = { id: token.sessionId, family: token.familyHash() };
    expect(token.isOf(session)).toBe(true);
    expect(token.successor(END).token.isOf(session)).toBe(true);
    expect(other.isOf({ ...session, id: other.sessionId })).toBe(false);
    expect(token.isOf({ ...session, id: other.sessionId })).toBe(false);
    for (const family of ['', `${session.family}A`, session.family.slice(1), session.family.toLowerCase()]) {
      expect(token.isOf({ ...session, family })).toBe(false);
    }
  });
});

describe('the successor of a refresh token', () => {
  const token = RefreshToken.first();
  const next = token.successor(END);

  it('is of the same session and family, and has bits of its own', () => {
    expect([next.token.sessionId, next.token.familyHash()]).toEqual([token.sessionId, token.familyHash()]);
    expect(next.token.hash()).not.toBe(token.hash());
    expect(next.token.hash()).not.toBe(token.successor(END).token.hash());
  });

  it('is opened by the token that sealed it, with its end', () => {
    const opened = parsed(token.text()).unseal(token.seal(next));
    expect([opened.token.text(), opened.endsAt]).toEqual([next.token.text(), END]);
  });

  it('is sealed in printable ASCII that never comes twice and holds none of it', () => {
    const sealed = token.seal(next);
    expect(sealed).toMatch(/^[\w-]{91}$/);
    expect(token.seal(next)).not.toBe(sealed);
    expect(Buffer.from(sealed, 'base64url').includes(bytesOf(next.token).subarray(32))).toBe(false);
  });

  it.each<[string, (sealed: string) => string]>([
    ['nothing', () => ''],
    ['less than a seal', (sealed) => sealed.slice(0, 30)],
    ['one that was cut', (sealed) => sealed.slice(0, -4)],
    ['another text', () => 'sealed'],
    ['the seal of another token', () => RefreshToken.first().seal(next)],
    ['the seal of the successor itself', () => next.token.seal(next)],
    ...Array.from({ length: 17 }, (_, index): [string, (sealed: string) => string] => [
      `one with another character at ${index * 5}`,
      (sealed) => sealed.slice(0, index * 5) + (sealed[index * 5] === 'A' ? 'B' : 'A') + sealed.slice(index * 5 + 1),
    ]),
  ])('is not found in %s', (_case, change) => {
    expect(() => token.unseal(change(token.seal(next)))).toThrow(PolicyUnavailable);
  });
});

describe('a sealed text', () => {
  it('is opened only with the secret and in the place that it was sealed for', () => {
    const [secret, content] = [randomBytes(32), randomBytes(40)];
    const sealed = seal(content, secret, 'here');
    expect(unseal(sealed, secret, 'here')).toEqual(content);
    expect(unseal(sealed, secret, 'there')).toBeNull();
    expect(unseal(sealed, randomBytes(32), 'here')).toBeNull();
    const hashed = createHash('sha256').update(secret).digest();
    expect(unseal(sealed, hashed, 'here')).toBeNull();
  });
});
