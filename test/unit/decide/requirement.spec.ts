import { allOf, anyOf, PolicyConfigurationError, type Requirement } from 'nestjs-jwt-policy';
import { checkedRequirement, missingFrom } from '../../../libs/jwt-policy/src/decide/requirement.js';

const missing = (has: string[], requirement: string | Requirement): readonly string[] =>
  missingFrom(new Set(has), requirement);

describe('a requirement', () => {
  it.each([
    [['view'], 'view', []],
    [['View'], 'view', ['view']],
    [['viewer'], 'view', ['view']],
    [['view'], allOf('view', 'edit'), ['edit']],
    [[], allOf('view', allOf('edit', 'view')), ['view', 'edit']],
    [['edit'], anyOf('edit', allOf('view', 'audit')), []],
    [['view', 'audit'], anyOf('edit', allOf('view', 'audit')), []],
    [['view'], anyOf(allOf('a', 'b'), allOf('view', 'audit')), ['audit']],
    [[], anyOf('edit', allOf('view', 'audit')), ['edit']],
    [['a'], allOf(anyOf('a', 'b'), anyOf('c', 'd')), ['c']],
    [['constructor'], '__proto__', ['__proto__']],
  ])('of someone with %j: %j lacks %j', (has, requirement, expected) => {
    expect(missing(has, requirement)).toEqual(expected);
  });

  it('written as plain data is the same as built', () => {
    expect(checkedRequirement({ anyOf: ['edit', { allOf: ['view', 'audit'] }] }, 'here')).toEqual(
      anyOf('edit', allOf('view', 'audit')),
    );
  });

  it('cannot be changed once it is made', () => {
    const requirement = anyOf('view');
    expect(Object.isFrozen(requirement)).toBe(true);
    expect(Object.values(requirement).every(Object.isFrozen)).toBe(true);
  });

  it.each([
    [''],
    [1],
    [null],
    [undefined],
    [{}],
    [{ anyOf: 'view' }],
    [{ anyOf: [] }],
    [{ allOf: [] }],
    [{ noneOf: ['view'] }],
    [{ anyOf: ['a'], allOf: ['b'] }],
    [['view']],
  ])('is refused when it is %j', (requirement) => {
    expect(() => checkedRequirement(requirement, 'here')).toThrow(PolicyConfigurationError);
  });

  it('is refused when it names nothing', () => {
    expect(() => anyOf()).toThrow('anyOf() was given nothing: name at least one permission.');
    expect(() => allOf()).toThrow('allOf() was given nothing: name at least one permission.');
    expect(() => anyOf('view', '')).toThrow(PolicyConfigurationError);
  });
});
