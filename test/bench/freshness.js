import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { costsOf } from './freshness/costs.js';
import { withDatabase } from './freshness/database.js';
import { withLoad } from './freshness/load.js';
import { PROMISES, tryPromise } from './freshness/promises.js';
import { MODES, withShops } from './freshness/shops.js';
import { machine, printTable, verdict } from './report.js';
import { PLATFORMS } from './shop.js';

const PEOPLE = 100;
const CONNECTIONS = 8;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '11' },
    requests: { type: 'string', default: '1000' },
    json: { type: 'string' },
  },
});
const measured = { machine, postgres: '', costs: [], promises: [] };

await withDatabase(PEOPLE, async (database) => {
  for (const platform of PLATFORMS) await withShops({ platform, ...database }, (shops) => measure(platform, shops));
});
print();
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(measured, null, 2)}\n`);

async function measure(platform, shops) {
  measured.postgres = await shops[0].child.ask('databaseVersion');
  const compared = shops.slice(0, MODES.length);
  const found = await withLoad(compared, { people: PEOPLE, connections: CONNECTIONS }, (load) =>
    costsOf(compared, { ...load, rounds: Number(values.rounds), requests: Number(values.requests) }),
  );
  for (const [index, { mode, stale }] of MODES.entries()) {
    measured.costs.push({ platform, mode, ...found[index], worstStaleness: stale });
  }
  for (const promise of PROMISES) {
    const shop = shops.find(({ mode }) => mode === promise.mode);
    measured.promises.push({ platform, ...(await tryPromise(promise, shop)) });
  }
}

function print() {
  const { postgres, costs, promises } = measured;
  console.log(
    `## Which freshness\n\n${machine}, PostgreSQL ${postgres}; ${PEOPLE} people, ${CONNECTIONS} connections\n`,
  );
  printTable(
    ['platform', 'freshness', 'queries per request', 'CPU per request', 'requests per second', 'stale at most'],
    costs.map((cost) => [
      cost.platform,
      cost.mode,
      cost.queriesPerRequest.toFixed(3),
      `${cost.cpuPerRequest.toFixed(0)} µs`,
      cost.requestsPerSecond.toFixed(0),
      cost.worstStaleness,
    ]),
  );
  console.log('That staleness, tried: a permission is taken away in the database, and nobody tells the library.\n');
  printTable(
    ['platform', 'freshness', 'tries', 'requests let in', 'the last one after', 'refused after', 'promise', 'goal'],
    promises.map((tried) => [
      tried.platform,
      tried.mode,
      tried.tries,
      tried.mostLetIn,
      `${(tried.longestLetIn / 1000).toFixed(3)} s`,
      `${(tried.longestUntilRefused / 1000).toFixed(3)} s`,
      tried.promise,
      verdict(tried.holds),
    ]),
  );
}
