import { PolicyConfigurationError } from './errors.js';

/** @throws {PolicyConfigurationError} when the block is no object, or has an option that does not exist. */
export function refuseUnknown(block: unknown, name: string, known: readonly string[]): void {
  if (typeof block !== 'object' || block === null) {
    throw new PolicyConfigurationError(name, 'is not an object', `give an object with ${known.join(', ')}`);
  }
  const unknown = Object.keys(block).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    const path = name === 'options' ? unknown : `${name}.${unknown}`;
    throw new PolicyConfigurationError(path, 'is not an option', `${name} has ${known.join(', ')}`);
  }
}

/**
 * The same for what a builder was given: its options are called `keyRing(): notice`.
 *
 * @throws {PolicyConfigurationError} when that is no object, or has an option that does not exist.
 */
export function refuseUnknownTo(builder: string, options: unknown, known: readonly string[]): void {
  if (Object.prototype.toString.call(options) !== '[object Object]') {
    throw new PolicyConfigurationError(builder, 'got options that are no object', `give { ${known.join(', ')} }`);
  }
  const unknown = Object.keys(options as object).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new PolicyConfigurationError(`${builder}: ${unknown}`, 'is not an option', `there are ${known.join(', ')}`);
}

/** @throws {PolicyConfigurationError} when it is no text that can be compared exactly. */
export function exactText(value: unknown, option: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  if (typeof value === 'string' && value !== '' && value.trim() === value && !/[\u0000-\u001f\u007f]/.test(value))
    return value;
  throw new PolicyConfigurationError(
    option,
    'is not a non-empty text',
    `give the exact text, for example 'https://shop.example'`,
  );
}

/** @throws {PolicyConfigurationError} when it is neither an exact text nor a list of them. */
export function audienceOf(audience: unknown, option: string): readonly string[] {
  const list: unknown[] = Array.isArray(audience) ? audience : [audience];
  if (list.length === 0)
    throw new PolicyConfigurationError(option, 'is empty', `name this API, for example 'shop-api'`);
  return Object.freeze(list.map((name) => exactText(name, option)));
}

/** @throws {PolicyConfigurationError} when it is none of these. */
export function oneOf<T extends string>(value: T, allowed: readonly T[], option: string): T {
  if (allowed.includes(value)) return value;
  throw new PolicyConfigurationError(
    option,
    'has an unknown value',
    `use one of ${allowed.map((name) => `'${name}'`).join(', ')}`,
  );
}

/** @throws {PolicyConfigurationError} when it is there, and not a function. */
export function functionOr<T>(value: T, option: string, example: string): T {
  if (value === undefined || typeof value === 'function') return value;
  throw new PolicyConfigurationError(option, 'is not a function', `give for example ${example}`);
}

/** @throws {PolicyConfigurationError} when it is no whole number within the bounds. */
export function wholeWithin(
  value: unknown,
  option: string,
  [least, most]: readonly [least: number, most: number],
  unit: string,
): number {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return value as number;
  throw new PolicyConfigurationError(option, 'is out of range', `use a whole number${unit} from ${least} to ${most}`);
}
