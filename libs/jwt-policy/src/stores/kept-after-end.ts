/**
 * For how many milliseconds a session that has ended is kept: another instance may be behind by its clock, and a client
 * that comes a little late is told that it has ended.
 */
export const KEPT_AFTER_END = 3_600_000;
