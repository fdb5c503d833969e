import type { SessionRecord } from './session-store.js';
import { dataOf } from './session-data.js';

/** A session as its owner may see it, for a page of their devices. */
export interface Session {
  /** Hand it to `closeSession()`. */
  readonly id: string;
  /** What `openSession()` was told. */
  readonly device?: string;
  readonly openedAt: Date;
  /** When it was refreshed last, or opened. */
  readonly usedAt: Date;
  /** When it ends, unless it is used before. */
  readonly expiresAt: Date;
}

type Ends = Pick<SessionRecord, 'idleEndsAt' | 'endsAt'>;

export function sessionOf(record: SessionRecord): Session {
  const { id, openedAt, usedAt } = record;
  return { id, device: dataOf(record).device, openedAt, usedAt, expiresAt: endOf(record) };
}

/** When a session ends that is not used any more. */
export function endOf({ idleEndsAt, endsAt }: Ends): Date {
  return idleEndsAt < endsAt ? idleEndsAt : endsAt;
}

export function isLive(session: Ends, at: Date): boolean {
  return at < endOf(session);
}
