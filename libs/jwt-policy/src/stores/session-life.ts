import type { SessionRecord } from '../issue/sessions/session-store.js';

type Ends = Pick<SessionRecord, 'idleEndsAt' | 'endsAt'>;

/** When a session ends that is not used any more. */
export function endIfUnused({ idleEndsAt, endsAt }: Ends): Date {
  return idleEndsAt < endsAt ? idleEndsAt : endsAt;
}

/** Whether it has not ended by itself. */
export function isLive(session: Ends, at: Date): boolean {
  return at < endIfUnused(session);
}
