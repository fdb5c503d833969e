import type { Freshness } from '../identify/freshness.js';
import { type Decision, granted, refused } from './decision.js';
import type { Permission } from './permission.js';
import { allOf, AUTHENTICATED, type Requirement } from './requirement.js';

/** What one class or method declares about who may use it. */
export interface Declaration {
  readonly public?: boolean;
  readonly authenticated?: boolean;
  readonly requirements: readonly Requirement[];
  readonly freshness?: Freshness;
}

/** What holds where declarations are silent. */
export interface DecideRules {
  readonly undeclared: 'deny' | 'authenticated' | 'allow';
  readonly defaultPermission?: Permission;
}

/** What holds for a route, all its declarations taken together: settled at boot, or open until someone asks. */
export type RouteRule =
  | { readonly settled: Decision }
  | { readonly settled: null; readonly requirement: Requirement; readonly freshness?: Freshness };

const PUBLIC: RouteRule = { settled: granted('ROUTE_PUBLIC', 'the route is public') };
const UNDECLARED: Readonly<Record<'allow' | 'deny', RouteRule>> = {
  allow: { settled: granted('ROUTE_UNDECLARED', `decide.undeclared is 'allow'`) },
  deny: { settled: refused('ERR_ROUTE_UNDECLARED', 'the route declares nothing') },
};

export function routeRule(onClass: Declaration, onMethod: Declaration, rules: DecideRules): RouteRule {
  const { undeclared, defaultPermission } = rules;
  if (onMethod.public || (onClass.public && !isClosed(onMethod))) return PUBLIC;
  if (!isDeclared(onClass, onMethod) && undeclared !== 'authenticated') return UNDECLARED[undeclared];
  const requirements = [...onClass.requirements, ...onMethod.requirements];
  const required = defaultPermission === undefined ? requirements : [...requirements, defaultPermission];
  return {
    settled: null,
    requirement: required.length === 0 ? AUTHENTICATED : allOf(...required),
    freshness: onMethod.freshness ?? onClass.freshness,
  };
}

export function isDeclared(...declarations: Declaration[]): boolean {
  return declarations.some((declared) => declared.public || isClosed(declared));
}

function isClosed({ authenticated = false, requirements }: Declaration): boolean {
  return authenticated || requirements.length > 0;
}
