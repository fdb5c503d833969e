/** The same object, all that is in it frozen. */
export function deeplyFrozen<T extends object>(value: T): T {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null && !Object.isFrozen(member)) deeplyFrozen(member as object);
  }
  return Object.freeze(value);
}
