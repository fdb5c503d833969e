import { parseJsonObject } from '../../../libs/jwt-policy/src/verify/strict-json.js';

const parse = (text: string): unknown => parseJsonObject(Buffer.from(text));
const nested = (depth: number): string => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth);

describe('a JSON object of a token', () => {
  it.each([
    ['an empty object', '{}'],
    ['colons and braces inside of strings', '{"a:b":"{\\"c\\":1}","d":[":",{"e":"\\\\"}]}'],
    ['the same name at two levels', '{"a":{"a":1},"b":[{"a":1},{"a":2}]}'],
    ['blanks between the parts', ' { "a" : 1 } '],
    ['the deepest nesting allowed', nested(16)],
  ])('is read with %s', (_case, text) => {
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  it.each([
    ['nothing', ''],
    ['a cut text', '{"a":1'],
    ['null', 'null'],
    ['an array', '[{}]'],
    ['a string', '"{}"'],
    ['two objects', '{}{}'],
    ['a name twice', '{"a":1,"a":1}'],
    ['a name twice, once escaped', '{"a":1,"\\u0061":2}'],
    ['a name twice further down', '{"a":[{"b":{"c":1,"c":2}}]}'],
    ['one level too deep', nested(17)],
    ['arrays one level too deep', `{"a":${'['.repeat(16)}${']'.repeat(16)}}`],
    ['a byte order mark', '\ufeff{}'],
  ])('is refused for %s', (_case, text) => {
    expect(parse(text)).toBeNull();
  });

  it('is refused when it is not valid UTF-8', () => {
    expect(parseJsonObject(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toBeNull();
  });

  it('inherits nothing', () => {
    const object = parseJsonObject(Buffer.from('{"__proto__":{"admin":true},"a":1}'));
    expect(Object.getPrototypeOf(object)).toBeNull();
    expect(object && 'toString' in object).toBe(false);
    expect(object && 'admin' in object).toBe(false);
  });
});
