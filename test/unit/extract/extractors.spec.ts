import {
  firstOf,
  fromAuthorizationHeader,
  fromCookie,
  fromHeader,
  fromQuery,
  type TokenExtractor,
} from 'nestjs-jwt-policy';
import { Carrier } from '../../../libs/jwt-policy/src/extract/carrier.js';

const found = (extract: TokenExtractor, rawHeaders: string[] = [], url?: string): readonly string[] =>
  extract(new Carrier({ rawHeaders, url }));

describe('fromAuthorizationHeader()', () => {
  it.each([
    [['Authorization', 'Bearer abc'], ['abc']],
    [['authorization', 'bEARER   abc'], ['abc']],
    [['AUTHORIZATION', 'Bearer a b'], ['a b']],
    [['Authorization', 'Bearer'], ['']],
    [['Authorization', 'Basic abc'], []],
    [['Authorization', 'Bearerabc'], []],
    [['Authorization', 'Bearer\tabc'], []],
    [['Authorization', ''], []],
    [['Accept', 'x'], []],
    [
      ['Authorization', 'Bearer a', 'x', 'y', 'authorization', 'Basic b'],
      ['Bearer a', 'Basic b'],
    ],
  ])('finds in %j the tokens %j', (rawHeaders, expected) => {
    expect(found(fromAuthorizationHeader(), rawHeaders)).toEqual(expected);
  });
});

describe('the other places', () => {
  it('are read whole, and as often as they were sent', () => {
    expect(found(fromHeader('X-Token'), ['x-token', 'a', 'X-TOKEN', 'b'])).toEqual(['a', 'b']);
    expect(found(fromCookie('t'), ['Cookie', 'xt=0; t=a;t=b', 'cookie', 't=c; T=d'])).toEqual(['a', 'b', 'c']);
    expect(found(fromCookie('t'), ['Cookie', 't'])).toEqual([]);
    expect(found(fromQuery('t'), [], '/a?t=a&x=1&t=b%2B')).toEqual(['a', 'b+']);
    expect(found(fromQuery('t'), [], '/a')).toEqual([]);
    expect(found(fromQuery('t'))).toEqual([]);
  });

  it.each([
    [' t=a;\tt=b ; \t t=c\t', ['a', 'b', 'c']],
    ['\u00a0t=a', []],
    ['x=1;\u00a0t=a; \u00a0t=a', []],
    ['\u000bt=a;\u000ct=a;\u0085t=a;\ufefft=a;\u2003t=a;\rt=a;\nt=a', []],
    ['t=a\u00a0', ['a\u00a0']],
    ['t =a', []],
    [' \t ;;', []],
  ])('have cookies without blanks and tabs, and with all other white space: %j', (line, expected) => {
    expect(found(fromCookie('t'), ['Cookie', line])).toEqual(expected);
  });

  it('take no longer for an endless cookie', () => {
    const started = performance.now();
    expect(found(fromCookie('t'), ['Cookie', `${' '.repeat(1_000_000)}x${'\t'.repeat(1_000_000)}x`])).toEqual([]);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('are all looked at by firstOf()', () => {
    const extract = firstOf(fromAuthorizationHeader(), fromCookie('t'));
    expect(found(extract, ['Cookie', 't=a'])).toEqual(['a']);
    expect(found(extract, ['Authorization', 'Bearer b', 'Cookie', 't=a'])).toEqual(['b', 'a']);
  });

  it('need a name', () => {
    expect(() => fromHeader('')).toThrow('extract: fromHeader() needs a name');
    expect(() => fromCookie('a=b')).toThrow('extract: fromCookie() needs a name');
    expect(() => fromQuery(undefined as never)).toThrow('extract: fromQuery() needs a name');
    expect(() => firstOf()).toThrow('extract: firstOf() needs at least one extractor');
    expect(() => firstOf('cookie' as never)).toThrow('extract: firstOf() needs at least one extractor');
  });
});
