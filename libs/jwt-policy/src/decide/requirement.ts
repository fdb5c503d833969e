import { PolicyConfigurationError } from '../errors.js';
import type { Permission } from '../permission.js';

/** What a route asks for: plain data, made by {@link anyOf} and {@link allOf}. */
export type Requirement =
  { readonly anyOf: readonly (Permission | Requirement)[] } | { readonly allOf: readonly (Permission | Requirement)[] };

const checked = new WeakSet<object>();
const NOTHING: readonly Permission[] = Object.freeze([]);

/** Met by whoever is authenticated. Out of reach for users: for them an empty requirement is a mistake. */
export const AUTHENTICATED: Requirement = trusted({ allOf: [] });

/**
 * Met when one of the alternatives is.
 *
 * @throws {PolicyConfigurationError} without alternatives, or with one that is not a requirement.
 * @example RequirePermission(anyOf('edit', allOf('view', 'audit')))
 */
export function anyOf(...alternatives: (Permission | Requirement)[]): Requirement {
  return trusted({ anyOf: membersOf(alternatives, 'anyOf()') });
}

/**
 * Met when every part is.
 *
 * @throws {PolicyConfigurationError} without parts, or with one that is not a requirement.
 */
export function allOf(...parts: (Permission | Requirement)[]): Requirement {
  return trusted({ allOf: membersOf(parts, 'allOf()') });
}

/** @throws {PolicyConfigurationError} when it is neither a permission nor a requirement. */
export function checkedRequirement(requirement: unknown, place: string): Permission | Requirement {
  if (isPermission(requirement)) return requirement;
  if (typeof requirement === 'object' && requirement !== null) {
    if (checked.has(requirement)) return requirement as Requirement;
    const [[kind, members] = [], ...more] = Object.entries(requirement);
    if (more.length === 0 && Array.isArray(members)) {
      if (kind === 'anyOf') return anyOf(...(members as Permission[]));
      if (kind === 'allOf') return allOf(...(members as Permission[]));
    }
  }
  throw new PolicyConfigurationError(
    place,
    'holds something that is not a permission',
    `name permissions as non-empty strings, or combine them with anyOf() and allOf()`,
  );
}

/** Whether nothing is missing: what {@link missingFrom} tells at length. */
export function isMet(permissions: ReadonlySet<Permission>, requirement: Permission | Requirement): boolean {
  if (typeof requirement === 'string') return permissions.has(requirement);
  if ('anyOf' in requirement) return requirement.anyOf.some((alternative) => isMet(permissions, alternative));
  for (const part of requirement.allOf) {
    if (!isMet(permissions, part)) return false;
  }
  return true;
}

/** @returns what `permissions` lack; of several alternatives, the one that lacks least. Empty when the requirement is met. */
export function missingFrom(
  permissions: ReadonlySet<Permission>,
  requirement: Permission | Requirement,
): readonly Permission[] {
  if (typeof requirement === 'string') return permissions.has(requirement) ? NOTHING : [requirement];
  if ('allOf' in requirement) {
    const missing = requirement.allOf.flatMap((part) => missingFrom(permissions, part));
    return missing.length === 0 ? NOTHING : [...new Set(missing)];
  }
  return requirement.anyOf
    .map((alternative) => missingFrom(permissions, alternative))
    .reduce((least, missing) => (missing.length < least.length ? missing : least));
}

function isPermission(value: unknown): value is Permission {
  return typeof value === 'string' && value !== '';
}

function membersOf(members: readonly unknown[], place: string): (Permission | Requirement)[] {
  if (members.length === 0) {
    throw new PolicyConfigurationError(place, 'was given nothing', 'name at least one permission');
  }
  return members.map((member) => checkedRequirement(member, place));
}

function trusted(requirement: Requirement): Requirement {
  Object.freeze('anyOf' in requirement ? requirement.anyOf : requirement.allOf);
  checked.add(Object.freeze(requirement));
  return requirement;
}
