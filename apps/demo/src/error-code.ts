/** The SQLSTATE, the system error code or the message at the bottom of a failure. */
export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if ('cause' in error && error.cause !== undefined) return codeOf(error.cause);
  return 'message' in error ? String(error.message) : 'unknown';
}
