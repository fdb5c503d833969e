/**
 * Tells the library which permissions your app knows, so that a misspelt name does not compile.
 *
 * @example
 * declare module 'nestjs-jwt-policy' {
 *   interface Register { permission: 'view' | 'edit' }
 * }
 */
// oxlint-disable-next-line typescript/no-empty-object-type -- empty until an app merges its own declaration into it
export interface Register {}

/** The name of a permission: any string until the app says otherwise through {@link Register}. Compared exactly. */
export type Permission = Register extends { permission: infer Name extends string } ? Name : string;
