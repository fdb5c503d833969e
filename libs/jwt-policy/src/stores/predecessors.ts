/** How many tokens before the current one a store remembers. */
export const MOST_PREDECESSORS = 4;

/** A token that was the current one, and what was kept with its rotation. */
export interface Predecessor {
  readonly hash: string;
  readonly sealed: string;
}

/**
 * The seals from a token to the current one, each of which is opened by what was in the one before.
 *
 * @param predecessors The newest first.
 * @param presented The hash of one of them.
 */
export function sealsFrom(predecessors: readonly Predecessor[], presented: string): readonly string[] {
  const place = predecessors.findIndex(({ hash }) => hash === presented);
  return predecessors
    .slice(0, place + 1)
    .map(({ sealed }) => sealed)
    .toReversed();
}
