import type { RevocationEntry, RevocationFacts, RevocationStore } from '../identify/revocation-store.js';
import { orderedId } from '../ordered-id.js';
import { ExpiringMap } from './expiring-map.js';

interface Change {
  readonly mark: string;
  /** Never comes back, even if an older mark does. */
  readonly version: string;
}

const NOTHING: RevocationFacts = Object.freeze({ revoked: false });

/** Keeps revocations in the memory of one process: they end with it, and other instances do not know of them. */
export class MemoryRevocations implements RevocationStore {
  private readonly tokens = new ExpiringMap<true>();
  private readonly subjects = new ExpiringMap<string>();
  private readonly changes = new ExpiringMap<Change>();

  /** How many entries are in memory, those that have just ended included. */
  get size(): number {
    return this.tokens.size + this.subjects.size + this.changes.size;
  }

  async add(entry: RevocationEntry): Promise<void> {
    this.keep(entry);
  }

  find(tokenId: string, subject: string): RevocationFacts {
    const revoked = this.tokens.get(tokenId) !== undefined;
    const revokedBefore = this.subjects.get(subject);
    const changed = this.changes.get(subject)?.version;
    if (!revoked && revokedBefore === undefined && changed === undefined) return NOTHING;
    return { revoked, revokedBefore, changed };
  }

  /** What `add` does, without a promise. */
  keep({ kind, id, mark, endsAt }: RevocationEntry): void {
    const end = endsAt.getTime();
    if (end <= Date.now()) return;
    if (kind === 'token') this.tokens.set(id, true, end);
    else if (kind === 'change') this.changes.set(id, this.changeTo(id, mark), end);
    else if (mark >= (this.subjects.get(id) ?? '')) this.subjects.set(id, flat(mark), end);
  }

  /** Everything that is kept. */
  *entries(): Iterable<RevocationEntry> {
    for (const [id, , end] of this.tokens.entries()) yield { kind: 'token', id, mark: '', endsAt: new Date(end) };
    for (const [id, mark, end] of this.subjects.entries()) yield { kind: 'subject', id, mark, endsAt: new Date(end) };
    for (const [id, { mark }, end] of this.changes.entries()) yield { kind: 'change', id, mark, endsAt: new Date(end) };
  }

  private changeTo(id: string, mark: string): Change {
    const known = this.changes.get(id);
    return known?.mark === mark ? known : { mark: flat(mark), version: flat(orderedId()) };
  }
}

/** Without this the whole text would be kept that it was cut from, or all the parts that it was joined of. */
function flat(text: string): string {
  return Buffer.from(text).toString();
}
