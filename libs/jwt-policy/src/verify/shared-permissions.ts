import { BoundedMap } from '../bounded-map.js';
import type { Permission } from '../permission.js';

const lists = new BoundedMap<readonly Permission[]>(1_000);

/** One list for all tokens with the same permissions: most people have the permissions of many others. */
export function sharedPermissions(permissions: readonly Permission[]): readonly Permission[] {
  const key = JSON.stringify(permissions);
  const known = lists.get(key);
  if (known) return known;
  const list = Object.freeze([...permissions]);
  lists.set(key, list);
  return list;
}
