import type { RevocationEntry } from '../identify/revocation-store.js';
import { asciiOf, fromAscii } from './ascii.js';
import type { RedisConnection } from './redis-connection.js';
import { texts } from './reply.js';

/** An entry as the feed brings it: the how-manieth it is, and where to go on reading. */
export interface FedEntry {
  readonly count: number;
  readonly position: string;
  readonly entry: RevocationEntry;
}

/** Tells one state of the records from another that came before it, or that was lost. */
export interface RecordsVersion {
  /** A name that the records got when they were empty: another one means that Redis has lost what it held. */
  readonly epoch: string;
  /** How many entries were ever added: fewer than before means the same. */
  readonly count: number;
}

/** Where the records in Redis stand. */
export interface RecordsState extends RecordsVersion {
  /** The end of the feed. */
  readonly position: string;
}

const FEED_LENGTH = 10_000;
/** An entry stays for so much longer than it has to: another instance may be behind by its clock. */
const CLOCKS_DIFFER_BY = 3_600_000;
/** How many entries travel in one command. */
const BATCH = 500;
const EPOCH = '#epoch';
const COUNT = '#count';

// KEYS: records, ends, feed. ARGV: the length of the feed, a time before which everything has ended, then field, mark and
// end of each entry.
const ADD = `
for i = 3, #ARGV, 3 do
  local field, mark, ends = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local known = redis.call('HGET', KEYS[1], field)
  if known then
    local bar = string.find(known, '|', 1, true)
    local knownEnds, knownMark = string.sub(known, 1, bar - 1), string.sub(known, bar + 1)
    if tonumber(knownEnds) > tonumber(ends) then ends = knownEnds end
    if string.sub(field, 1, 8) == 'subject:' and knownMark > mark then mark = knownMark end
  end
  redis.call('HSET', KEYS[1], field, ends .. '|' .. mark)
  redis.call('ZADD', KEYS[2], ends, field)
  local count = redis.call('HINCRBY', KEYS[1], '${COUNT}', 1)
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[1], '*', 'count', count, 'field', field, 'mark', mark, 'ends', ends)
end
local ended = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[2], 'LIMIT', 0, 100)
if #ended > 0 then
  redis.call('HDEL', KEYS[1], unpack(ended))
  redis.call('ZREM', KEYS[2], unpack(ended))
end`;

// KEYS: records, feed. ARGV: the epoch to begin if there is none.
const STATE = `
redis.call('HSETNX', KEYS[1], '${EPOCH}', ARGV[1])
local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)
return {
  redis.call('HGET', KEYS[1], '${EPOCH}'),
  redis.call('HGET', KEYS[1], '${COUNT}') or '0',
  last[1] and last[1][1] or '0-0',
}`;

/**
 * Revocations as Redis holds them: a hash of what is known, a sorted set of when it ends, and a stream that tells of
 * what is added. Their keys share a hash slot, as a script needs in a cluster.
 */
export class RedisRecords {
  private readonly records: string;
  private readonly ends: string;
  private readonly feed: string;

  constructor(prefix: string) {
    this.records = `{${prefix}}:revocations`;
    this.ends = `{${prefix}}:revocations:ends`;
    this.feed = `{${prefix}}:revocations:feed`;
  }

  async add(redis: RedisConnection, entries: Iterable<RevocationEntry>): Promise<void> {
    let batch: string[] = [];
    for (const { kind, id, mark, endsAt } of entries) {
      batch.push(fieldOf(kind, id), mark, String(endsAt.getTime()));
      if (batch.length < BATCH * 3) continue;
      await this.addBatch(redis, batch);
      batch = [];
    }
    if (batch.length > 0) await this.addBatch(redis, batch);
  }

  /** What Redis knows of a token and its subject, and the version that the answer belongs to, if there is one. */
  async find(
    redis: RedisConnection,
    tokenId: string,
    subject: string,
  ): Promise<{ version: RecordsVersion | null; found: RevocationEntry[] }> {
    const wanted = [
      ['token', tokenId],
      ['subject', subject],
      ['change', subject],
    ] as const;
    const fields = wanted.map(([kind, id]) => fieldOf(kind, id));
    const reply = await redis.command('HMGET', this.records, EPOCH, COUNT, ...fields);
    const [epoch, count, ...records] = texts(reply, fields.length + 2);
    const found = records.flatMap((record, index) => (record === null ? [] : [entryOf(fields[index], record)]));
    return { version: epoch === null ? null : { epoch, count: Number(count ?? 0) }, found };
  }

  async state(redis: RedisConnection, newEpoch: string): Promise<RecordsState> {
    const reply = await redis.command('EVAL', STATE, '2', this.records, this.feed, newEpoch);
    const [epoch, count, position] = texts(reply, 3);
    return { epoch: String(epoch), count: Number(count), position: String(position) };
  }

  /** Everything, in pages. */
  async *all(redis: RedisConnection): AsyncIterable<readonly RevocationEntry[]> {
    let cursor = '0';
    do {
      const reply = await redis.command('HSCAN', this.records, cursor, 'COUNT', String(BATCH));
      const [next, page] = reply as [unknown, string[]];
      cursor = String(next);
      yield pairs(page)
        .filter(([field]) => field !== EPOCH && field !== COUNT)
        .map(([field, record]) => entryOf(field, record));
    } while (cursor !== '0');
  }

  /** What was added after a position; waits for it up to so many milliseconds. */
  async read(redis: RedisConnection, position: string, wait: number): Promise<FedEntry[]> {
    const limits = ['COUNT', String(BATCH), 'BLOCK', String(wait)];
    const reply = await redis.command('XREAD', ...limits, 'STREAMS', this.feed, position);
    if (reply === null || reply === undefined) return [];
    // RESP2 sends a list of pairs, RESP3 a map, which some clients make an object of.
    const [entries] = Array.isArray(reply)
      ? (reply as [string, unknown][]).map(([, found]) => found)
      : reply instanceof Map
        ? [...reply.values()]
        : Object.values(reply);
    return (entries as [string, string[]][]).map(([at, values]) => {
      const { count, field, mark, ends } = Object.fromEntries(pairs(values)) as Record<string, string>;
      return { count: Number(count), position: at, entry: entryOf(field, `${ends}|${mark}`) };
    });
  }

  /** Whether a batch from `read` may have been the last one there was. */
  isWhole(batch: readonly FedEntry[]): boolean {
    return batch.length < BATCH;
  }

  private async addBatch(redis: RedisConnection, batch: readonly string[]): Promise<void> {
    const limits = [String(FEED_LENGTH), String(Date.now() - CLOCKS_DIFFER_BY)];
    await redis.command('EVAL', ADD, '3', this.records, this.ends, this.feed, ...limits, ...batch);
  }
}

function fieldOf(kind: RevocationEntry['kind'], id: string): string {
  return `${kind}:${asciiOf(id)}`;
}

function entryOf(field: string, record: string): RevocationEntry {
  const colon = field.indexOf(':');
  const bar = record.indexOf('|');
  return {
    kind: field.slice(0, colon) as RevocationEntry['kind'],
    id: fromAscii(field.slice(colon + 1)),
    mark: record.slice(bar + 1),
    endsAt: new Date(Number(record.slice(0, bar))),
  };
}

function pairs(flat: readonly string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) found.push([flat[i], flat[i + 1]]);
  return found;
}
