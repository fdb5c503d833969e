import { Logger } from '@nestjs/common';
import type { RevocationEntry, RevocationFacts, RevocationStore } from '../identify/revocation-store.js';
import { withinTime } from '../time-limit.js';
import { Line } from './line.js';
import {
  ownConnection,
  type RedisClient,
  type RedisConnection,
  refuseUnconnected,
  sharedConnection,
} from './redis-connection.js';
import { RedisRecords } from './redis-records.js';
import { redisIsLate, Replica } from './replica.js';

const BUILDER = 'redisRevocations()';
const BEATS_BEFORE_STALE = 4;
const LONGEST_BEAT = 1_000;

export interface RedisRevocationsSettings {
  readonly prefix: string;
  readonly staleAfter: number;
  readonly timeout: number;
}

/** Shares revocations between instances through Redis. Made by `redisRevocations()`. */
export class RedisRevocations implements RevocationStore {
  private readonly redis: RedisConnection;
  private readonly records: RedisRecords;
  private readonly replica: Replica;
  private readonly line = new Line();

  /** @internal */
  constructor(
    private readonly client: RedisClient,
    private readonly settings: RedisRevocationsSettings,
  ) {
    const { prefix, staleAfter, timeout } = settings;
    const logger = new Logger('JwtPolicy');
    const wait = Math.min(Math.floor(staleAfter / BEATS_BEFORE_STALE), LONGEST_BEAT);
    this.redis = sharedConnection(client, BUILDER);
    this.records = new RedisRecords(prefix);
    this.replica = new Replica(
      this.records,
      () => ownConnection(client),
      { wait, timeout },
      {
        onCut: (error) =>
          tell(() => logger.warn(`The feed of revocations is cut (${String(error)}): Redis is asked for every token`)),
        onCaughtUp: () => tell(() => logger.log('The feed of revocations is back')),
      },
    );
  }

  /**
   * Waits for a complete picture. Without a Redis it does not wait: then requests are answered 503 until there is one.
   *
   * @throws {PolicyConfigurationError} when the client has not connected and will not by itself.
   */
  async open(): Promise<void> {
    refuseUnconnected(this.client, BUILDER);
    await this.replica.start();
  }

  /** Leaves the client alone, which is the app's to close. */
  async close(): Promise<void> {
    await this.replica.stop();
  }

  async add(entry: RevocationEntry): Promise<void> {
    // Here it holds at once, whatever becomes of Redis.
    this.replica.entries.keep(entry);
    try {
      await this.inTime(this.records.add(this.redis, [entry]));
    } catch (error) {
      this.replica.compareSoon();
      throw error;
    }
  }

  find(tokenId: string, subject: string): RevocationFacts | Promise<RevocationFacts> {
    if (this.replica.uncertainFor <= this.settings.staleAfter) return this.replica.entries.find(tokenId, subject);
    return this.ask(tokenId, subject);
  }

  private async ask(tokenId: string, subject: string): Promise<RevocationFacts> {
    const { version, found } = await this.line.ask(() => this.inTime(this.records.find(this.redis, tokenId, subject)));
    if (this.replica.hasOutlived(version)) throw new Error('Redis has lost revocations that it held');
    for (const entry of found) this.replica.entries.keep(entry);
    return this.replica.entries.find(tokenId, subject);
  }

  private inTime<T>(work: Promise<T>): Promise<T> {
    return withinTime(work, this.settings.timeout, redisIsLate);
  }
}

function tell(log: () => void): void {
  try {
    log();
  } catch {
    // A log that cannot be written must not be the end of the feed.
  }
}
