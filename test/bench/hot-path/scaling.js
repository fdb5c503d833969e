import { keyFor } from './algorithms.js';
import { guardRounds } from './guard-rounds.js';
import { printTable } from '../report.js';
import { ratioOf, spreadOf } from './spread.js';
import { shown } from './tables.js';

const KNOWN = { contender: 'ours', platform: 'fastify', supply: 'known' };
const UNSEEN = { ...KNOWN, supply: 'unseen' };
const KEYS = { HS512: keyFor('HS512'), ES256: keyFor('ES256') };
const FULL_CACHE = 10_000;

/** What is compared: the first with the second to see what a difference is worth, and with the third. */
const COMPARISONS = [
  {
    id: 'routes',
    names: ['10 routes', '10 routes, again', '1,000 routes, 10 of them asked for'],
    calls: 5000,
    opened: [10, 10, 1000].map((routes) => ({ ...KNOWN, key: KEYS.HS512, routes, asked: 10 })),
  },
  {
    id: 'routesInTurn',
    names: ['10 routes', '10 routes, again', '1,000 routes in turn'],
    calls: 5000,
    opened: [10, 10, 1000].map((routes) => ({ ...KNOWN, key: KEYS.HS512, routes, asked: routes })),
  },
  {
    id: 'permissions',
    names: ['5 permissions in the token', '5 permissions, again', '500 permissions in the token'],
    calls: 5000,
    opened: [5, 5, 500].map((permissions) => ({ ...KNOWN, key: KEYS.HS512, permissions })),
  },
  {
    id: 'required',
    names: ['1 permission required', '1 required, again', '20 permissions required'],
    calls: 5000,
    opened: [1, 1, 20].map((required) => ({ ...KNOWN, key: KEYS.HS512, permissions: 20, required })),
  },
  ...Object.entries(KEYS).map(([alg, key]) => ({
    id: `cache${alg}`,
    names: ['without a cache', 'without a cache, again', 'with a full cache'].map(
      (name) => `${alg}, token never seen, ${name}`,
    ),
    calls: 1000,
    callsBefore: FULL_CACHE,
    opened: [0, 0, undefined].map((cacheSize) => ({ ...UNSEEN, key, cacheSize })),
  })),
];

/** What makes the guard dearer, and what must not. */
export async function scaling(_algorithms, { full }) {
  const tables = {};
  for (const { id, calls, callsBefore, opened } of COMPARISONS) {
    const [first, again, other] = await guardRounds(
      opened.map((open) => ({ open, calls, callsBefore })),
      full ? 41 : 11,
    );
    tables[id] = { first, again, other };
  }
  return tables;
}

export function printScaling(tables) {
  console.log(
    '### What the cost of the guard depends on\n\nOn Fastify, with HS512 and a known token where nothing else is said\n',
  );
  const rows = COMPARISONS.flatMap(({ id, names }) => {
    const { first } = tables[id];
    return Object.values(tables[id]).map((cost, index) => [
      names[index],
      shown(spreadOf(cost.map((ns) => ns / 1000))),
      shown(ratioOf(cost, first)),
    ]);
  });
  printTable(['', 'µs', '÷ the first of three, by pairs'], rows);
}
