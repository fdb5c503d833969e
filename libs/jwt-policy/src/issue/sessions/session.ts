import { PolicyUnavailable } from '../../errors.js';
import type { Revocable } from '../../identify/revocations.js';
import { endIfUnused } from '../../stores/session-life.js';
import type { TokenSubject } from '../token-issuer.js';
import { originIn } from '../token-origin.js';
import type { SessionRecord } from './session-store.js';

/** A session as its owner may see it, for a page of their devices. */
export interface Session {
  /** Hand it to `closeSession()`, with whose it is. */
  readonly id: string;
  /** What `openSession()` was told. */
  readonly device?: string;
  readonly openedAt: Date;
  /** When it was refreshed last, or opened. */
  readonly usedAt: Date;
  /** When it ends, unless it is used before. */
  readonly expiresAt: Date;
}

/** What a session remembers of how it was opened. */
export interface SessionData extends Omit<TokenSubject, 'id'> {
  readonly device?: string;
}

export function sessionOf(record: SessionRecord): Session {
  const { id, openedAt, usedAt } = record;
  return { id, device: dataOf(record).device, openedAt, usedAt, expiresAt: endIfUnused(record) };
}

/** Whom the access tokens of a session are for, as `openSession()` was told. */
export function toldSubject(session: SessionRecord): TokenSubject {
  const { name, permissions, claims } = dataOf(session);
  return { id: session.subject, name, permissions, claims };
}

/** The session as a token that was issued when it was opened: what takes such a token back takes back the session. */
export function asToken({ id, subject, openedAt }: SessionRecord): Revocable {
  return { id, subject, claims: { iat: originIn({ id, openedAt }).auth_time } };
}

/** @throws {PolicyUnavailable} when it is not what was written. */
function dataOf({ data }: SessionRecord): SessionData {
  try {
    // Nothing is inherited: what was not said is not there.
    return Object.setPrototypeOf(JSON.parse(data), null) as SessionData;
  } catch {
    // oxlint-disable-next-line preserve-caught-error -- the message of the parser holds a part of the text
    throw new PolicyUnavailable('the session store did not return the data that it was given');
  }
}
