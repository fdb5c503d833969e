import { Child } from '../child.js';
import { printTable } from '../report.js';
import { keyFor } from './algorithms.js';

const TOKENS = 10_000;
const PERMISSIONS = [5, 50, 500];
/** The people have ten roles among them, or every one has permissions of one's own. */
const LISTS = [10, TOKENS];

/** What is left in memory of tokens that were let in. */
export async function memory(_algorithms, { full }) {
  const key = keyFor('HS512');
  const found = [];
  for (const permissions of PERMISSIONS) {
    const measuredLists = full || permissions === PERMISSIONS[0] ? LISTS : LISTS.slice(0, 1);
    for (const lists of measuredLists)
      found.push({ permissions, lists, ...(await remembered(key, { permissions, lists })) });
  }
  return found;
}

async function remembered(key, people) {
  const child = new Child(new URL('./memory-process.js', import.meta.url), ['--expose-gc']);
  try {
    await child.ask('open', key);
    return await child.ask('remember', { count: TOKENS, ...people });
  } finally {
    await child.stop();
  }
}

export function printMemory(found) {
  console.log(`### Memory\n\nHS512; ${TOKENS.toLocaleString('en')} tokens were let in\n`);
  printTable(
    ['permissions in the token', 'different lists', 'known when they came again', 'bytes for each of those'],
    found.map(({ permissions, lists, bytes, known }) => [permissions, lists, known, (bytes / known).toFixed(0)]),
  );
}
