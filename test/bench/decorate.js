import 'reflect-metadata';

/** Does to a class what the compiler does for `@decorators` of the class and of its methods. */
export function decorate(type, ofClass, ofMethods = {}) {
  for (const [name, decorators] of Object.entries(ofMethods)) {
    const descriptor = Object.getOwnPropertyDescriptor(type.prototype, name);
    Reflect.decorate(decorators, type.prototype, name, descriptor);
  }
  Reflect.decorate(ofClass, type);
}

/** A decorator of a parameter, by its position. */
export function parameter(index, decorator) {
  return (target, name) => decorator(target, name, index);
}
