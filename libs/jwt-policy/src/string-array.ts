export function isStringArray(value: unknown): value is string[] {
  // `every` skips the holes of a sparse array, which JSON writes as null.
  return Array.isArray(value) && !value.includes(undefined) && value.every((item) => typeof item === 'string');
}
