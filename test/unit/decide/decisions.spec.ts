import {
  allOf,
  anyOf,
  AmbiguousToken,
  type Identity,
  InvalidToken,
  PolicyConfigurationError,
  PolicyUnavailable,
  SecurityPolicy,
} from 'nestjs-jwt-policy';
import { refusedBy } from '../../../libs/jwt-policy/src/decide/decision.js';
import { AUTHENTICATED } from '../../../libs/jwt-policy/src/decide/requirement.js';
import { isDeclared, routeRule } from '../../../libs/jwt-policy/src/decide/route-rule.js';

const policy = new SecurityPolicy();
const joe = { id: '1', permissions: new Set(['view']) } as unknown as Identity;

describe('SecurityPolicy', () => {
  it('permits what the identity has', () => {
    expect(policy.permits(joe, 'view')).toEqual({
      allowed: true,
      code: 'PERMISSION_GRANTED',
      reason: expect.any(String),
    });
    expect(policy.permits(joe, AUTHENTICATED)).toMatchObject({ allowed: true, code: 'AUTHENTICATED' });
  });

  it('refuses the rest and names it', () => {
    expect(policy.permits(joe, allOf('edit', 'audit'))).toEqual({
      allowed: false,
      code: 'ERR_PERMISSION_MISSING',
      reason: 'lacks "edit" and "audit"',
      missing: ['edit', 'audit'],
    });
  });

  it('permits nobody anything', () => {
    expect(policy.permits(null, 'view')).toMatchObject({
      allowed: false,
      code: 'ERR_TOKEN_MISSING',
      missing: [],
    });
    expect(policy.permits(null, AUTHENTICATED)).toMatchObject({
      allowed: false,
      code: 'ERR_TOKEN_MISSING',
      missing: [],
    });
  });

  it('refuses an empty requirement rather than granting it', () => {
    expect(() => policy.permits(joe, { allOf: [] })).toThrow(PolicyConfigurationError);
    expect(() => policy.permits(joe, '')).toThrow(PolicyConfigurationError);
  });
});

describe('an error on the way to a decision', () => {
  it.each([
    [new InvalidToken('ERR_TOKEN_EXPIRED', 'expired'), 'ERR_TOKEN_EXPIRED', 'expired'],
    [new AmbiguousToken(), 'ERR_TOKEN_AMBIGUOUS', 'more than one token in the request'],
    [new PolicyUnavailable('down'), 'ERR_POLICY_UNAVAILABLE', 'down'],
    [new RangeError('a bug'), 'ERR_POLICY_UNAVAILABLE', 'an unexpected error'],
    ['a string', 'ERR_POLICY_UNAVAILABLE', 'an unexpected error'],
    [{ allowed: true }, 'ERR_POLICY_UNAVAILABLE', 'an unexpected error'],
  ])('refuses: %s', (error, code, reason) => {
    expect(refusedBy(error)).toEqual({ allowed: false, code, reason, missing: [] });
  });
});

describe('the rule of a route', () => {
  const nothing = { requirements: [] };
  const view = { requirements: [allOf('view')] };
  const edit = { requirements: [allOf('edit')] };
  const open = { public: true, requirements: [] };
  const authenticated = { authenticated: true, requirements: [] };
  const deny = { undeclared: 'deny' } as const;

  it('asks for what class, method and default ask for', () => {
    const rule = routeRule(view, edit, { undeclared: 'deny', defaultPermission: 'member' });
    expect(rule).toMatchObject({
      settled: null,
      requirement: { allOf: ['view', 'edit', 'member'] },
    });
  });

  it('keeps alternatives together', () => {
    const either = { requirements: [anyOf('audit', 'admin')] };
    expect(routeRule(view, either, deny)).toMatchObject({
      requirement: { allOf: ['view', { anyOf: ['audit', 'admin'] }] },
    });
  });

  it('asks for the default permission of whoever is authenticated', () => {
    expect(routeRule(nothing, authenticated, deny)).toMatchObject({ settled: null, requirement: AUTHENTICATED });
    expect(routeRule(nothing, authenticated, { ...deny, defaultPermission: 'member' })).toMatchObject({
      requirement: { allOf: ['member'] },
    });
  });

  it('is open when the method is public, or the class is and the method asks for nothing', () => {
    const isOpen = { settled: { allowed: true, code: 'ROUTE_PUBLIC' } };
    expect(routeRule(view, open, deny)).toMatchObject(isOpen);
    expect(routeRule(open, nothing, deny)).toMatchObject(isOpen);
    expect(routeRule(open, view, deny)).toMatchObject({ settled: null, requirement: { allOf: ['view'] } });
    expect(routeRule(open, authenticated, deny)).toMatchObject({ settled: null });
  });

  it('follows decide.undeclared when nothing is declared', () => {
    expect(routeRule(nothing, nothing, deny)).toMatchObject({
      settled: { allowed: false, code: 'ERR_ROUTE_UNDECLARED' },
    });
    expect(routeRule(nothing, nothing, { undeclared: 'allow' })).toMatchObject({
      settled: { allowed: true, code: 'ROUTE_UNDECLARED' },
    });
    expect(routeRule(nothing, nothing, { undeclared: 'authenticated' })).toMatchObject({
      settled: null,
      requirement: AUTHENTICATED,
    });
  });

  it('takes the freshness of the method before that of the class', () => {
    expect(routeRule({ ...view, staleness: Infinity }, { ...nothing, staleness: 0 }, deny)).toMatchObject({
      staleness: 0,
    });
    expect(routeRule({ ...view, staleness: Infinity }, nothing, deny)).toMatchObject({ staleness: Infinity });
  });

  it('does not take a freshness for a declaration', () => {
    expect(isDeclared({ ...nothing, staleness: 0 })).toBe(false);
    expect(isDeclared(nothing, authenticated)).toBe(true);
    expect(isDeclared(open)).toBe(true);
  });
});
