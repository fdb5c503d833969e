import type { Rotation, RotationOutcome, SessionRecord, SessionStore } from '../issue/sessions/session-store.js';
import { ExpiringMap } from './expiring-map.js';
import { KEPT_AFTER_END } from './kept-after-end.js';

interface Kept {
  readonly session: SessionRecord;
  /** The token before the current one, and what was kept with the rotation. */
  readonly before?: { readonly hash: string; readonly sealed: string };
  readonly reused?: true;
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
    this.keep({ session: { ...session } });
    const ids = this.#idsOf.get(subject);
    if (ids) ids.add(id);
    else this.#idsOf.set(subject, new Set([id]));
  }

  async find(id: string): Promise<SessionRecord | null> {
    const kept = this.#kept.get(id);
    return kept && !kept.reused ? kept.session : null;
  }

  async rotate({ id, family, presented, next, ...rotation }: Rotation): Promise<RotationOutcome> {
    const kept = this.#kept.get(id);
    if (kept?.session.family !== family) return { outcome: 'unknown' };
    const { session, before, reused } = kept;
    if (reused) return { outcome: 'reused', discovered: false };
    const { at, grace, sealed } = rotation;
    if (!isLive(session, at)) return { outcome: 'expired' };
    if (presented === session.current) {
      const idleEndsAt = rotation.idleEndsAt < session.endsAt ? rotation.idleEndsAt : session.endsAt;
      this.keep({
        session: { ...session, current: next, usedAt: at, idleEndsAt },
        before: { hash: presented, sealed },
      });
      return { outcome: 'rotated' };
    }
    if (presented === before?.hash && at.getTime() - session.usedAt.getTime() <= grace) {
      return { outcome: 'repeated', sealed: before.sealed };
    }
    this.keep({ session, reused: true });
    return { outcome: 'reused', discovered: true };
  }

  async list(subject: string, at: Date): Promise<readonly SessionRecord[]> {
    const found: SessionRecord[] = [];
    for (const id of this.#idsOf.get(subject) ?? []) {
      const kept = this.#kept.get(id);
      if (kept && !kept.reused && isLive(kept.session, at)) found.push(kept.session);
    }
    return found.toSorted((a, b) => a.openedAt.getTime() - b.openedAt.getTime());
  }

  async close(id: string): Promise<void> {
    const kept = this.#kept.get(id);
    if (!kept) return;
    this.#kept.delete(id);
    this.unlist(id, kept.session.subject);
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

function isLive({ idleEndsAt, endsAt }: SessionRecord, at: Date): boolean {
  return at < idleEndsAt && at < endsAt;
}
