import type { Rotation, RotationOutcome, SessionRecord, SessionStore } from '../issue/sessions/session-store.js';
import { ExpiringMap } from './expiring-map.js';
import { KEPT_AFTER_END } from './kept-after-end.js';
import { MOST_PREDECESSORS, type Predecessor, sealsFrom } from './predecessors.js';
import { isLive } from './session-life.js';

interface Kept {
  readonly session: SessionRecord;
  /** The newest first. */
  readonly before: readonly Replaced[];
}

interface Replaced extends Predecessor {
  readonly replacedAt: number;
}

/** Keeps sessions in the memory of one process: they end with it, and other instances do not know of them. */
export class MemorySessions implements SessionStore {
  // Out of sight of whoever prints an object that holds this: they hold hashes.
  readonly #kept = new ExpiringMap<Kept>((id, { session }) => this.unlist(id, session.subject));
  readonly #idsOf = new Map<string, Set<string>>();

  /** How many sessions are in memory, those that have just ended included. */
  get size(): number {
    return this.#kept.size;
  }

  async add(session: SessionRecord): Promise<void> {
    const { id, subject } = session;
    this.keep({ session: copyOf(session), before: [] });
    const ids = this.#idsOf.get(subject);
    if (ids) ids.add(id);
    else this.#idsOf.set(subject, new Set([id]));
  }

  async find(id: string): Promise<SessionRecord | null> {
    const kept = this.#kept.get(id);
    return kept ? copyOf(kept.session) : null;
  }

  async rotate({ id, family, presented, next, ...rotation }: Rotation): Promise<RotationOutcome> {
    const kept = this.#kept.get(id);
    if (kept?.session.family !== family) return { outcome: 'unknown' };
    const { session } = kept;
    if (session.isReused) return { outcome: 'reused', discovered: false };
    const { at, grace, sealed } = rotation;
    if (!isLive(session, at)) return { outcome: 'expired' };
    const before = kept.before.filter(({ replacedAt }) => at.getTime() - replacedAt <= grace);
    if (presented === session.current) {
      const usedAt = later(at, session.usedAt);
      const idleEndsAt = rotation.idleEndsAt < session.endsAt ? rotation.idleEndsAt : session.endsAt;
      const replaced = { hash: presented, sealed, replacedAt: usedAt.getTime() };
      this.keep({
        session: copyOf({ ...session, current: next, usedAt, idleEndsAt }),
        before: [replaced, ...before].slice(0, MOST_PREDECESSORS),
      });
      return { outcome: 'rotated' };
    }
    const seals = sealsFrom(before, presented);
    if (seals.length > 0) return { outcome: 'repeated', sealed: seals };
    if (at < session.usedAt) return { outcome: 'unknown' };
    this.keep({ ...kept, session: { ...session, isReused: true } });
    return { outcome: 'reused', discovered: true };
  }

  async list(subject: string, at: Date): Promise<readonly SessionRecord[]> {
    const found: SessionRecord[] = [];
    for (const id of this.#idsOf.get(subject) ?? []) {
      const kept = this.#kept.get(id);
      if (kept && isLive(kept.session, at)) found.push(copyOf(kept.session));
    }
    return found.toSorted((a, b) => a.openedAt.getTime() - b.openedAt.getTime());
  }

  async close(id: string): Promise<boolean> {
    const kept = this.#kept.get(id);
    if (!kept) return false;
    this.#kept.delete(id);
    this.unlist(id, kept.session.subject);
    return true;
  }

  private keep(kept: Kept): void {
    this.#kept.set(kept.session.id, kept, kept.session.idleEndsAt.getTime() + KEPT_AFTER_END);
  }

  private unlist(id: string, subject: string): void {
    const ids = this.#idsOf.get(subject);
    ids?.delete(id);
    if (ids?.size === 0) this.#idsOf.delete(subject);
  }
}

/** With dates of its own, which nobody else can set. */
function copyOf(session: SessionRecord): SessionRecord {
  const { openedAt, usedAt, idleEndsAt, endsAt } = session;
  return {
    ...session,
    openedAt: new Date(openedAt),
    usedAt: new Date(usedAt),
    idleEndsAt: new Date(idleEndsAt),
    endsAt: new Date(endsAt),
  };
}

function later(one: Date, other: Date): Date {
  return one > other ? one : other;
}
