import { asciiOf, fromAscii } from '../../../libs/jwt-policy/src/redis/ascii.js';

describe('a text on its way to Redis', () => {
  it.each([
    '',
    'joe',
    'é',
    'e\u0301',
    '🍎',
    '\ud800',
    '\udc00\ud800',
    '\0',
    '\x7f',
    '\u0080',
    '"\\',
    '\u2028',
    '\uffff',
  ])('is ASCII, and comes back as it was: %j', (text) => {
    expect(asciiOf(text)).toMatch(/^[\x20-\x7e]*$/);
    expect(fromAscii(asciiOf(text))).toBe(text);
  });

  it('stays the one JSON of a text that was ASCII before', () => {
    expect(asciiOf('joe "the user"')).toBe(JSON.stringify('joe "the user"'));
  });
});
