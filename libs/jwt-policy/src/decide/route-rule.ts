import type { Staleness } from '../identify/freshness.js';
import { type Decision, granted, refused } from './decision.js';
import type { Permission } from '../permission.js';
import { allOf, AUTHENTICATED, type Requirement } from './requirement.js';

/** What one class or method declares about who may use it. */
export interface Declaration {
  readonly public?: boolean;
  readonly authenticated?: boolean;
  readonly requirements: readonly Requirement[];
  readonly staleness?: Staleness;
  readonly crossSite?: boolean;
}

/** What holds where declarations are silent. */
export interface DecideRules {
  readonly undeclared: 'deny' | 'authenticated' | 'allow';
  readonly defaultPermission?: Permission;
}

/** What holds for a route, all its declarations taken together: settled at boot, or open until someone asks. */
export type RouteRule = { readonly staleness?: Staleness; readonly crossSite?: boolean } & (
  { readonly settled: Decision } | { readonly settled: null; readonly requirement: Requirement }
);

const PUBLIC = granted('ROUTE_PUBLIC', 'the route is public');
const UNDECLARED = {
  allow: granted('ROUTE_UNDECLARED', `decide.undeclared is 'allow'`),
  deny: refused('ERR_ROUTE_UNDECLARED', 'the route declares nothing'),
} as const;

export function routeRule(onClass: Declaration, onMethod: Declaration, rules: DecideRules): RouteRule {
  const staleness = onMethod.staleness ?? onClass.staleness;
  if (onMethod.public || (onClass.public && !isClosed(onMethod))) {
    return { settled: PUBLIC, staleness, crossSite: onMethod.crossSite };
  }
  const { undeclared, defaultPermission } = rules;
  if (!isDeclared(onClass, onMethod) && undeclared !== 'authenticated') {
    return { settled: UNDECLARED[undeclared], staleness };
  }
  const requirements = [...onClass.requirements, ...onMethod.requirements].flatMap(partsOf);
  const required = defaultPermission === undefined ? requirements : [...requirements, defaultPermission];
  return { settled: null, requirement: required.length === 0 ? AUTHENTICATED : allOf(...required), staleness };
}

/** What all apply anyway need not be nested. */
function partsOf(requirement: Requirement): readonly (Permission | Requirement)[] {
  return 'allOf' in requirement ? requirement.allOf : [requirement];
}

export function isDeclared(...declarations: Declaration[]): boolean {
  return declarations.some((declared) => declared.public || isClosed(declared));
}

export function isClosed({ authenticated = false, requirements }: Declaration): boolean {
  return authenticated || requirements.length > 0;
}
