import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { RevocationEntry } from '../identify/revocation-store.js';
import { withinTime } from '../time-limit.js';
import { MemoryRevocations } from '../stores/memory-revocations.js';
import type { RedisConnection } from './redis-connection.js';
import type { RecordsVersion, RedisRecords } from './redis-records.js';

/** Hears how the replica gets on. */
export interface ReplicaListener {
  onCut(error: unknown): void;
  onCaughtUp(): void;
}

const RETRY_AFTER = 50;

/** What Redis holds, once more in the memory of this process, kept complete by the feed. */
export class Replica {
  readonly entries = new MemoryRevocations();
  private version?: RecordsVersion;
  private position = '0-0';
  /** By `performance.now()`: everything that was added before is here. */
  private completeUntil = Number.NEGATIVE_INFINITY;
  private connection?: RedisConnection;
  private following?: Promise<void>;
  private running = false;
  private cut = false;
  private mustLoad = false;

  constructor(
    private readonly records: RedisRecords,
    private readonly connect: () => RedisConnection,
    private readonly times: { readonly wait: number; readonly timeout: number },
    private readonly listener: ReplicaListener,
  ) {}

  /** For how long, in milliseconds, it has not been known whether something is missing. */
  get uncertainFor(): number {
    return performance.now() - this.completeUntil;
  }

  /** Loads everything, or finds out that it cannot yet, and goes on from there until it is stopped. */
  async start(): Promise<void> {
    if (this.running) return;
    this.running = true;
    await this.attempt(() => this.load(this.redis()));
    this.following = this.follow();
  }

  async stop(): Promise<void> {
    this.running = false;
    this.disconnect();
    await this.following;
  }

  /** Compares everything with Redis as soon as that can be: something is here that may not have arrived there. */
  compareSoon(): void {
    this.mustLoad = true;
  }

  /** Whether Redis no longer knows something that it knew when this replica last heard from it. */
  hasOutlived(current: RecordsVersion | null): boolean {
    if (!this.version) return current === null;
    return current?.epoch !== this.version.epoch || current.count < this.version.count;
  }

  private async follow(): Promise<void> {
    while (this.running) {
      await this.attempt(() => this.advance(this.redis()));
      if (this.cut && this.running) await delay(RETRY_AFTER);
    }
  }

  private async attempt(step: () => Promise<void>): Promise<void> {
    try {
      await step();
      if (this.cut) this.listener.onCaughtUp();
      this.cut = false;
    } catch (error) {
      this.disconnect();
      if (!this.running) return;
      if (!this.cut) this.listener.onCut(error);
      this.cut = true;
    }
  }

  private async advance(redis: RedisConnection): Promise<void> {
    const state = await this.records.state(redis, randomUUID());
    if (!this.version || this.mustLoad || this.hasOutlived(state)) return this.load(redis);
    const { epoch } = this.version;
    const askedAt = performance.now();
    const batch = await this.records.read(redis, this.position, this.times.wait);
    for (const { count, position, entry } of batch) {
      // Whatever lay in between was trimmed away.
      if (count !== this.version.count + 1) return this.load(redis);
      this.entries.keep(entry);
      this.version = { epoch, count };
      this.position = position;
    }
    if (!this.records.isWhole(batch)) return;
    if (this.version.count < state.count) return this.load(redis);
    // An answer without entries was given when the waiting was over, one with entries perhaps at once.
    this.completeUntil = batch.length > 0 ? askedAt : Math.min(askedAt + this.times.wait, performance.now());
  }

  private async load(redis: RedisConnection): Promise<void> {
    // Before anything is read, so that whatever fails to be added meanwhile asks for another load.
    this.mustLoad = false;
    try {
      await this.loadAll(redis);
    } catch (error) {
      this.mustLoad = true;
      throw error;
    }
  }

  private async loadAll(redis: RedisConnection): Promise<void> {
    const askedAt = performance.now();
    const unknownToRedis = new Map(this.current().map((entry) => [`${entry.kind}:${entry.id}`, entry]));
    // First the position, then the rest: what is added meanwhile comes twice rather than never.
    const { position, ...version } = await this.records.state(redis, randomUUID());
    for await (const page of this.records.all(redis)) {
      for (const entry of page) {
        const name = `${entry.kind}:${entry.id}`;
        if (entry.mark >= (unknownToRedis.get(name)?.mark ?? '')) unknownToRedis.delete(name);
        this.entries.keep(entry);
      }
    }
    // What Redis lost, or never got, it gets back from those who still know.
    await this.records.add(redis, unknownToRedis.values());
    this.version = version;
    this.position = position;
    this.completeUntil = askedAt;
  }

  private current(): RevocationEntry[] {
    const now = new Date();
    return [...this.entries.entries()].filter(({ endsAt }) => endsAt > now);
  }

  private redis(): RedisConnection {
    this.connection ??= hurried(this.connect(), this.times.wait + this.times.timeout);
    return this.connection;
  }

  private disconnect(): void {
    this.connection?.close();
    this.connection = undefined;
  }
}

function hurried(redis: RedisConnection, limit: number): RedisConnection {
  return { ...redis, command: (...words) => withinTime(redis.command(...words), limit, redisIsLate) };
}

export function redisIsLate(): Error {
  return new Error('Redis did not answer in time');
}
