import { InvalidToken } from 'nestjs-jwt-policy';
import { parseCompact } from '../../../libs/jwt-policy/src/verify/compact.js';
import { base64url } from '../../support/tokens.js';

const header = base64url('{"alg":"HS512"}');
const reasonOf = (token: unknown): string => {
  try {
    void parseCompact(token, 100).header;
  } catch (error) {
    if (error instanceof InvalidToken) return error.reason;
    throw error;
  }
  return 'accepted';
};

describe('a compact JWS', () => {
  it('is taken apart', () => {
    const { header: parsed, payload } = parseCompact(
      `${header}.${base64url('payload')}.${base64url('signature')}`,
      100,
    );
    expect(parsed.alg).toBe('HS512');
    expect(payload.toString()).toBe('payload');
  });

  it.each([
    ['a number', 42, 'not a string'],
    ['undefined', undefined, 'not a string'],
    ['an object that looks like a string', { toString: () => `${header}.YQ.YQ`, length: 9 }, 'not a string'],
    ['one byte too many', 'a'.repeat(101), 'longer than verify.maxTokenBytes'],
    ['the longest length, but no token', 'a'.repeat(100), 'not three segments'],
    ['nothing', '', 'not three segments'],
    ['two segments', `${header}.YQ`, 'not three segments'],
    ['four segments', `${header}.YQ.YQ.YQ`, 'not three segments'],
    ['an empty header', '.YQ.YQ', 'a segment is not canonical base64url'],
    ['an empty payload', `${header}..YQ`, 'a segment is not canonical base64url'],
    ['an empty signature', `${header}.YQ.`, 'a segment is not canonical base64url'],
    ['padding', `${header}.YQ==.YQ`, 'a segment is not canonical base64url'],
    ['the other alphabet', `${header}.a+/a.YQ`, 'a segment is not canonical base64url'],
    ['a blank', `${header}. YQ.YQ`, 'a segment is not canonical base64url'],
    ['a line break at the end', `${header}.YQ.YQ\n`, 'a segment is not canonical base64url'],
    ['spare bits in the payload', `${header}.YR.YQ`, 'a segment is not canonical base64url'],
    ['spare bits in the signature', `${header}.YQ.YR`, 'a segment is not canonical base64url'],
    ['a length that no bytes have', `${header}.YQYQY.YQ`, 'a segment is not canonical base64url'],
    [
      'a header that is not JSON',
      `${base64url('alg')}.YQ.YQ`,
      'the header is not one JSON object without repeated names',
    ],
    [
      'a header that is an array',
      `${base64url('[]')}.YQ.YQ`,
      'the header is not one JSON object without repeated names',
    ],
  ])('is refused for %s', (_case, token, reason) => {
    expect(reasonOf(token)).toBe(reason);
  });
});
