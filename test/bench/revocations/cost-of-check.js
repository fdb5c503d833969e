import { setTimeout as delay } from 'node:timers/promises';
import { median } from '../statistics.js';
import { idOf } from './entries.js';

const ROUNDS = 9;
/** Further than any number that an entry has. */
const UNKNOWN = 1_000_000_000;
/** A prime, so that the entries are not found in the order in which they lie in memory. */
const STRIDE = 7919;
const ID_LENGTH = 36;

/** Microseconds of CPU for one `find`, with ids of which none was a key before. */
export async function costOfCheck(store, { kind, count }) {
  const known = await written(count, (index) => idOf((index * STRIDE) % count));
  const unknown = await written(count, (index) => idOf(UNKNOWN + index));
  const others = await written(count, (index) => idOf(UNKNOWN * 2 + index));
  return {
    known: await costOf(store, kind === 'token' ? [known, others] : [others, known], count),
    unknown: await costOf(store, [unknown, others], 0),
  };
}

async function costOf(store, [tokenIds, subjects], expected) {
  const rounds = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const questions = [read(tokenIds), read(subjects)];
    globalThis.gc();
    await untilCurrent(store);
    const { found, microseconds } = ask(store, ...questions);
    if (found !== expected) throw new Error(`${found} entries were found instead of ${expected}`);
    if (round > 0) rounds.push(microseconds / questions[0].length);
  }
  return median(rounds);
}

function ask(store, tokenIds, subjects) {
  let found = 0;
  const before = process.cpuUsage();
  for (let index = 0; index < tokenIds.length; index += 1) {
    const { revoked, revokedBefore } = store.find(tokenIds[index], subjects[index]);
    if (revoked === undefined) throw new Error('the replica is not current');
    if (revoked || revokedBefore !== undefined) found += 1;
  }
  const { user, system } = process.cpuUsage(before);
  return { found, microseconds: user + system };
}

/** A replica hears from its feed meanwhile. */
async function untilCurrent(store) {
  do await delay(10);
  while (store.find(idOf(UNKNOWN), idOf(UNKNOWN)) instanceof Promise);
}

async function written(count, id) {
  await delay(10);
  return Buffer.from(Array.from({ length: count }, (_, index) => id(index)).join(''), 'latin1');
}

/** Makes new texts of the bytes, as the parser of a token does. */
function read(bytes) {
  return Array.from({ length: bytes.length / ID_LENGTH }, (_, index) =>
    bytes.toString('latin1', index * ID_LENGTH, (index + 1) * ID_LENGTH),
  );
}
