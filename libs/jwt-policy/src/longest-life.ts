/** The longest that anything may live, in days. */
export const MOST_DAYS = 3650;
/** The same, in milliseconds. */
export const LONGEST_LIFE = MOST_DAYS * 86_400_000;
