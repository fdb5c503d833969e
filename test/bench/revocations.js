import { parseArgs } from 'node:util';
import { Child } from './child.js';
import { freshPrefix, removePrefix, withRedis } from './redis-server.js';
import { machine, printTable, verdict } from './report.js';
import { fillRedis } from './revocations/filled-stores.js';

const MOST_MEGABYTES = 30;
const MOST_MICROSECONDS = 1;
// The young generation has its size from the start: how far it grows depends on the traffic, not on what is kept.
const FLAGS = ['--expose-gc', '--min-semi-space-size=16'];

const { values } = parseArgs({ options: { count: { type: 'string', default: '100000' } } });
const count = Number(values.count);
const few = Math.ceil(count / 10);
const growths = [];
const costs = [];

console.log(`## ${count} live revocations\n\n${machine}\n`);
for (const kind of ['token', 'subject']) {
  await measure('memory, added', { kind, count }, { kind, count: few }, costOfCheck);
  await measure('memory, by TokenService', { kind, count }, { kind, count: few });
}
await withRedis('the replica', async (address) => {
  for (const kind of ['token', 'subject']) await measureReplica(address, kind);
});

printTable(['store', 'revoked', 'heap', 'process', `goal: under ${MOST_MEGABYTES} MB`], growths);
printTable(['one check', 'revoked', 'known', 'unknown', `goal: under ${MOST_MICROSECONDS} µs`], costs);

async function measure(store, filling, warmUp, andThen = async () => undefined) {
  const child = new Child(new URL('./revocations/store-process.js', import.meta.url), FLAGS);
  try {
    // So that the process has grown to what it takes to work at all.
    await child.ask('fill', store, warmUp);
    const before = await child.ask('memory');
    await child.ask('fill', store, filling);
    const after = await child.ask('memory');
    const [heap, resident] = ['heapUsed', 'rss'].map((name) => (after[name] - before[name]) / 1e6);
    const goal = verdict(Math.max(heap, resident) < MOST_MEGABYTES);
    growths.push([store, `by ${filling.kind}`, `${heap.toFixed(1)} MB`, `${resident.toFixed(1)} MB`, goal]);
    await andThen(child, store, filling);
  } finally {
    await child.stop();
  }
}

async function costOfCheck(child, store, filling) {
  const { known, unknown } = await child.ask('cost', filling);
  const goal = verdict(Math.max(known, unknown) < MOST_MICROSECONDS);
  costs.push([store, `by ${filling.kind}`, `${known.toFixed(2)} µs`, `${unknown.toFixed(2)} µs`, goal]);
}

async function measureReplica(address, kind) {
  const filling = { address, prefix: freshPrefix(), kind, count };
  const warmUp = { address, prefix: freshPrefix(), kind, count: few };
  try {
    await fillRedis(filling);
    await fillRedis(warmUp);
    await measure('replica of Redis', filling, warmUp, costOfCheck);
  } finally {
    for (const { prefix } of [filling, warmUp]) await removePrefix(address, prefix);
  }
}
