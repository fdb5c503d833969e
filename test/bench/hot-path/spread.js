import { median, percentile } from '../statistics.js';

/** The median of what the rounds found, and between what most of them lie. */
export function spreadOf(values) {
  return { median: median(values), low: percentile(values, 10), high: percentile(values, 90) };
}

/** How many times `above` costs what `below` does: two rounds of one number were under the same conditions. */
export function ratioOf(above, below) {
  return spreadOf(above.map((value, round) => value / below[round]));
}

/** How far two of the same may lie apart, as a factor above 1. */
export function noiseOf({ low, high }) {
  return Math.max(high, 1 / low);
}
