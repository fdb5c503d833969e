import { keyFor } from './algorithms.js';
import { guardRounds } from './guard-rounds.js';
import { lacks } from './request-rows.js';
import { printCosts } from './tables.js';

/** With how many calls make a turn at most: fewer where every one needs a signature first. */
const ROWS = {
  known: { name: 'ours, known token', contender: 'ours', supply: 'known', calls: { most: 8000 } },
  again: { name: 'ours, known token, again', contender: 'ours', supply: 'known', calls: { most: 8000 } },
  unseen: {
    name: 'ours, token never seen',
    contender: 'ours',
    supply: 'unseen',
    calls: { most: 2000, RS256: 500, ES256: 600 },
  },
  badSignature: { name: 'ours, bad signature', contender: 'ours', supply: 'badSignature', calls: { most: 2000 } },
  malformed: { name: 'ours, malformed', contender: 'ours', supply: 'malformed', calls: { most: 3000 } },
  recipe: { name: 'recipe as documented', contender: 'recipe', supply: 'known', calls: { most: 300 } },
  recipeWithKeyObject: {
    name: 'recipe with a KeyObject',
    contender: 'recipeWithKeyObject',
    supply: 'known',
    calls: { most: 2000 },
  },
};

const PLATFORMS = ['fastify', 'express'];

/** What the guards cost without HTTP, with the requests of a platform: a table for each algorithm. */
export async function guardAlone(algorithms, { full }) {
  const tables = [];
  for (const alg of algorithms) {
    // What differs between the platforms is the same with every algorithm.
    for (const platform of full || alg === 'HS512' ? PLATFORMS : ['fastify']) {
      tables.push({ platform, alg, rows: await costsOn(platform, keyFor(alg), full ? 25 : 7) });
    }
  }
  return tables;
}

/** Nanoseconds of CPU for a call, by row and round. */
async function costsOn(platform, key, rounds) {
  const ids = Object.keys(ROWS).filter((id) => !lacks(ROWS[id].contender, key.alg));
  const rows = ids
    .map((id) => ROWS[id])
    .map(({ contender, supply, calls }) => ({
      open: { contender, platform, supply, key },
      calls: calls[key.alg] ?? calls.most,
    }));
  const measured = await guardRounds(rows, rounds);
  return Object.fromEntries(ids.map((id, index) => [id, measured[index]]));
}

export function printGuardAlone(tables) {
  console.log('### The guard alone, without HTTP\n');
  for (const { platform, alg, rows } of tables) {
    const rounds = rows.known.length;
    console.log(
      `${alg}, requests of ${platform}: CPU for a call, median (and 10th to 90th percentile) of ${rounds} rounds\n`,
    );
    printCosts(
      'µs',
      Object.entries(rows).map(([id, cost]) => ({ name: ROWS[id].name, cost: cost.map((ns) => ns / 1000) })),
    );
  }
}
