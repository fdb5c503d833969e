/** Does some work while every object in the process inherits a member, as after a prototype pollution elsewhere. */
export async function whilePolluted<T>(name: string, value: unknown, work: () => Promise<T>): Promise<T> {
  Reflect.defineProperty(Object.prototype, name, { value, configurable: true });
  try {
    return await work();
  } finally {
    Reflect.deleteProperty(Object.prototype, name);
  }
}
