import { keyFor } from './algorithms.js';
import { withPeople } from './people.js';
import { nameOf, PLATFORMS, rowsOf } from './request-rows.js';
import { requestRounds } from './request-rounds.js';
import { spreadOf } from './spread.js';
import { figure, printCosts } from './tables.js';

/** What whole requests cost the server: a table for each platform and algorithm. */
export function wholeRequests(algorithms, { full }) {
  return withPeople(async (people) => {
    const tables = [];
    for (const alg of algorithms) {
      const key = keyFor(alg);
      for (const platform of Object.keys(PLATFORMS)) {
        const rows = rowsOf(platform, alg, { full, people });
        const measured = await requestRounds(rows, { key, rounds: full ? 25 : 7 });
        tables.push({
          platform,
          alg,
          rows: Object.fromEntries(rows.map(({ id }, index) => [id, byRound(measured[index])])),
        });
      }
    }
    for (const table of tables) refuseImpostors(table.rows);
    return tables;
  });
}

function byRound(turns) {
  return {
    cpu: turns.map(({ cpu }) => cpu),
    rate: turns.map(({ rate }) => rate),
    queries: turns.reduce((sum, { queries }) => sum + queries, 0) / turns.length,
  };
}

/** Whoever says to look people up must have done so. */
function refuseImpostors({ live, maxStale }) {
  if (live && live.queries < 1) throw new Error(`'live' made ${live.queries} queries for a request`);
  if (maxStale && maxStale.queries > 0.1) throw new Error(`maxStale made ${maxStale.queries} queries for a request`);
}

export function printWholeRequests(tables) {
  console.log('### Whole requests over HTTP\n');
  for (const { platform, alg, rows } of tables) {
    const rounds = rows.known.cpu.length;
    console.log(
      `${alg}, ${platform}: CPU of the server for a request, median (and 10th to 90th percentile) of ${rounds} rounds\n`,
    );
    printCosts(
      'µs',
      Object.entries(rows).map(([id, { cpu, rate }]) => ({ name: nameOf(platform, id), cost: cpu, rate })),
      [{ title: 'requests/s', of: ({ rate }) => figure(spreadOf(rate).median) }],
    );
  }
}
