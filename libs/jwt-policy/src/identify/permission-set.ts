import type { Permission } from '../permission.js';

const unchangeable = {
  value: (): never => {
    throw new TypeError('The permissions of an identity cannot be changed');
  },
};
const FROZEN = { add: unchangeable, delete: unchangeable, clear: unchangeable };

/** A set that stays as it is: one request shares it with the next, so none may leave something in it. */
export function permissionSet(permissions: readonly Permission[]): ReadonlySet<Permission> {
  return Object.freeze(Object.defineProperties(new Set(permissions), FROZEN));
}
