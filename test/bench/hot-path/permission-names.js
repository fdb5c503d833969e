export const REQUIRED = 'view';

/** So many names of permissions, the required one first. Another `list` has other names. */
export function permissionNames(count, list = 0) {
  return [REQUIRED, ...Array.from({ length: count - 1 }, (_, index) => `shop-${list}:act-${index + 1}`)];
}
