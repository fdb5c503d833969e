import { Child } from '../child.js';
import { inRounds } from './rounds.js';

const SCRIPT = new URL('./guard-process.js', import.meta.url);
const MILLISECONDS = 80;
const WARM_UP_TURNS = 4;
// A message to another process cannot say Infinity.
const NO_LIMIT = Number.MAX_SAFE_INTEGER;

/**
 * Calls the guards of each row in a process of its own, without HTTP. A row says what to `open` and how many `calls`
 * make a turn, if they do not take too long; `callsBefore` are made first, however long they take.
 *
 * @returns for every row the nanoseconds of CPU for a call, by round.
 */
export async function guardRounds(rows, rounds) {
  const contenders = rows.map((row) => ({ row, child: new Child(SCRIPT) }));
  try {
    for (const { row, child } of contenders) {
      await child.ask('open', row.open);
      if (row.callsBefore) await child.ask('run', { calls: row.callsBefore, milliseconds: NO_LIMIT });
      await child.ask('run', { calls: row.calls * WARM_UP_TURNS, milliseconds: MILLISECONDS * WARM_UP_TURNS });
    }
    return await inRounds(contenders, rounds, ({ row, child }) =>
      child.ask('run', { calls: row.calls, milliseconds: MILLISECONDS }),
    );
  } finally {
    await Promise.all(contenders.map(({ child }) => child.stop()));
  }
}
