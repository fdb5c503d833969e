import { PolicyUnavailable } from '../../errors.js';
import type { SessionRecord } from './session-store.js';
import type { TokenSubject } from '../token-issuer.js';

/** What a session remembers of how it was opened. */
export interface SessionData extends Omit<TokenSubject, 'id'> {
  readonly device?: string;
  /** How long the first access token lived, in milliseconds. */
  readonly life: number;
}

/** @throws {PolicyUnavailable} when it is not what was written. */
export function dataOf({ data }: SessionRecord): SessionData {
  try {
    // Nothing is inherited: what was not said is not there.
    return Object.setPrototypeOf(JSON.parse(data), null) as SessionData;
  } catch {
    // oxlint-disable-next-line preserve-caught-error -- the message of the parser holds a part of the text
    throw new PolicyUnavailable('the session store did not return the data that it was given');
  }
}

/** Whom the access tokens of a session are for, as `openSession()` was told. */
export function toldSubject(session: SessionRecord): TokenSubject {
  const { name, permissions, claims } = dataOf(session);
  return { id: session.subject, name, permissions, claims };
}
