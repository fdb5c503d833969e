import type { Permission } from '../permission.js';

const unchangeable = {
  value: (): never => {
    throw new TypeError('The permissions of an identity cannot be changed');
  },
};
const FROZEN = { add: unchangeable, delete: unchangeable, clear: unchangeable };

// By list, because verified tokens share theirs.
const sets = new WeakMap<readonly Permission[], ReadonlySet<Permission>>();

/** A set that refuses to be changed by mistake: one request shares it with the next, and should leave nothing in it. */
export function permissionSet(permissions: readonly Permission[]): ReadonlySet<Permission> {
  return Object.freeze(Object.defineProperties(new Set(permissions), FROZEN));
}

/** The one set of a list that is never changed. */
export function sharedPermissionSet(permissions: readonly Permission[]): ReadonlySet<Permission> {
  let set = sets.get(permissions);
  if (!set) sets.set(permissions, (set = permissionSet(permissions)));
  return set;
}
