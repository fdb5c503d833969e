import type { Rotation, RotationOutcome, SessionRecord, SessionStore } from '../issue/sessions/session-store.js';
import { KEPT_AFTER_END } from '../stores/kept-after-end.js';
import { type Predecessor, sealsFrom } from '../stores/predecessors.js';
import { isLive } from '../stores/session-life.js';
import { withinTime } from '../time-limit.js';
import { asciiOf, fromAscii } from './ascii.js';
import { Line } from './line.js';
import {
  isCutOff,
  type RedisClient,
  type RedisConnection,
  refuseUnconnected,
  sharedConnection,
} from './redis-connection.js';
import { redisIsLate } from './replica.js';
import { texts } from './reply.js';
import { ADD, ENLIST, FIELDS, ROTATE } from './session-scripts.js';

const BUILDER = 'redisSessions()';
/** How many ids of a subject are looked at when another is added. */
const TIDIED_AT_ONCE = 10;
/** How many sessions of a subject are asked for at the same time. */
const READ_AT_ONCE = 100;

export interface RedisSessionsSettings {
  readonly prefix: string;
  readonly timeout: number;
}

/** Keeps sessions in Redis: a hash for each, and for each subject the ids of its sessions. Made by `redisSessions()`. */
export class RedisSessions implements SessionStore {
  private readonly redis: RedisConnection;
  private readonly line = new Line();

  /** @internal */
  constructor(
    private readonly client: RedisClient,
    private readonly settings: RedisSessionsSettings,
  ) {
    this.redis = sharedConnection(client, BUILDER);
  }

  /**
   * Waits for the connection. Without a Redis it does not wait: then requests are answered 503 until there is one.
   *
   * @throws {PolicyConfigurationError} when the client has not connected and will not by itself.
   */
  async open(): Promise<void> {
    refuseUnconnected(this.client, BUILDER);
    try {
      await withinTime(this.redis.command('PING'), this.settings.timeout, redisIsLate);
    } catch {
      // The app starts all the same, as it goes on when Redis goes away later.
    }
  }

  async add(session: SessionRecord): Promise<void> {
    const { id, subject, idleEndsAt, endsAt } = session;
    const fields = Object.entries(written(session)).flat();
    // First the session: of an id without one the index is tidied.
    await this.ask('EVAL', ADD, '1', this.keyOf(id), keptUntil(idleEndsAt), ...fields);
    const index = this.indexOf(subject);
    const some = await this.ask('EVAL', ENLIST, '1', index, id, keptUntil(endsAt), String(TIDIED_AT_ONCE));
    await this.tidy(index, some as string[]);
  }

  async find(id: string): Promise<SessionRecord | null> {
    const reply = await this.ask('HMGET', this.keyOf(id), ...FIELDS);
    return read(id, texts(reply, FIELDS.length));
  }

  async rotate({ id, family, presented, next, sealed, ...rotation }: Rotation): Promise<RotationOutcome> {
    const { at, grace, idleEndsAt } = rotation;
    const numbers = [at.getTime(), grace, idleEndsAt.getTime(), KEPT_AFTER_END].map(String);
    const reply = await this.ask('EVAL', ROTATE, '1', this.keyOf(id), family, presented, next, sealed, ...numbers);
    const [outcome, kept] = texts(reply, 2) as [string, string];
    if (outcome === 'repeated') return { outcome, sealed: sealsFrom(JSON.parse(kept) as Predecessor[], presented) };
    if (outcome === 'reused' || outcome === 'discovered') {
      return { outcome: 'reused', discovered: outcome === 'discovered' };
    }
    return { outcome: outcome as 'rotated' | 'expired' | 'unknown' };
  }

  async list(subject: string, at: Date): Promise<readonly SessionRecord[]> {
    const index = this.indexOf(subject);
    const ids = (await this.ask('ZRANGE', index, '0', '-1')) as string[];
    const found: SessionRecord[] = [];
    for (let from = 0; from < ids.length; from += READ_AT_ONCE) {
      const some = ids.slice(from, from + READ_AT_ONCE);
      const sessions = await Promise.all(some.map((id) => this.find(id)));
      found.push(...sessions.filter((session) => session !== null));
      await this.tidy(
        index,
        some.filter((_, place) => sessions[place] === null),
      );
    }
    return found
      .filter((session) => isLive(session, at))
      .toSorted((a, b) => a.openedAt.getTime() - b.openedAt.getTime());
  }

  /** The index keeps the id until it is tidied, because a command has keys of one slot only. */
  async close(id: string): Promise<boolean> {
    return Number(await this.ask('DEL', this.keyOf(id))) > 0;
  }

  private async tidy(index: string, ids: readonly string[]): Promise<void> {
    const known = await Promise.all(ids.map((id) => this.ask('EXISTS', this.keyOf(id))));
    const gone = ids.filter((_, place) => Number(known[place]) === 0);
    if (gone.length > 0) await this.ask('ZREM', index, ...gone);
  }

  private ask(...words: [name: string, ...args: string[]]): Promise<unknown> {
    return this.line.ask(async () => {
      // A rotation that waited could be carried out when its client has long got another token, and take that for theft.
      if (isCutOff(this.client)) throw new Error('Redis is not connected');
      return withinTime(this.redis.command(...words), this.settings.timeout, redisIsLate);
    });
  }

  private keyOf(id: string): string {
    return `${this.settings.prefix}:session:${id}`;
  }

  private indexOf(subject: string): string {
    return `${this.settings.prefix}:sessions:${asciiOf(subject)}`;
  }
}

function keptUntil(end: Date): string {
  return String(end.getTime() + KEPT_AFTER_END);
}

function written(session: SessionRecord): Record<string, string> {
  const { subject, data, family, current, openedAt, usedAt, idleEndsAt, endsAt } = session;
  const times = Object.entries({ openedAt, usedAt, idleEndsAt, endsAt }).map(([name, at]) => [
    name,
    String(at.getTime()),
  ]);
  return { subject: asciiOf(subject), data: asciiOf(data), family, current, ...Object.fromEntries(times) };
}

function read(id: string, values: readonly (string | null)[]): SessionRecord | null {
  const [subject, data, family, current, openedAt, usedAt, idleEndsAt, endsAt, reused] = values;
  if (subject === null) return null;
  const [opened, used, idleEnds, ends] = [openedAt, usedAt, idleEndsAt, endsAt].map((at) => new Date(Number(at)));
  return {
    id,
    subject: fromAscii(subject),
    data: fromAscii(String(data)),
    family: String(family),
    current: String(current),
    openedAt: opened,
    usedAt: used,
    idleEndsAt: idleEnds,
    endsAt: ends,
    isReused: reused !== null,
  };
}
