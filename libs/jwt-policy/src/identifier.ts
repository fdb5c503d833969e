const MAX_LENGTH = 256;

/** Whether a value can name something: a token, a subject, a key. */
export function isIdentifier(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_LENGTH;
}
