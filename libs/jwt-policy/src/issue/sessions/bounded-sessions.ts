import { PolicyUnavailable } from '../../errors.js';
import { isStringArray } from '../../string-array.js';
import { withinTime } from '../../time-limit.js';
import type { Rotation, RotationOutcome, SessionRecord, SessionStore } from './session-store.js';

const OUTCOMES = ['rotated', 'reused', 'expired', 'unknown'];

/** The session store, held to its word and to its time: whatever else it does is a {@link PolicyUnavailable}. */
export class BoundedSessions {
  // Out of sight of whoever prints an object that holds this: the one in memory holds hashes.
  readonly #store: SessionStore;

  /** @param timeout In milliseconds. */
  constructor(
    store: SessionStore,
    private readonly timeout: number,
  ) {
    this.#store = store;
  }

  async open(): Promise<void> {
    await this.#store.open?.();
  }

  add(session: SessionRecord): Promise<void> {
    return this.ask((store) => store.add(session));
  }

  async find(id: string): Promise<SessionRecord | null> {
    return (await this.ask((store) => store.find(id))) ?? null;
  }

  async rotate(rotation: Rotation): Promise<RotationOutcome> {
    const told = await this.ask((store) => store.rotate(rotation));
    if (isOutcome(told)) return told;
    throw new PolicyUnavailable('the session store did not return a RotationOutcome');
  }

  async list(subject: string, at: Date): Promise<readonly SessionRecord[]> {
    const found = await this.ask((store) => store.list(subject, at));
    if (Array.isArray(found)) return found;
    throw new PolicyUnavailable('the session store did not return a list');
  }

  async close(id: string): Promise<boolean> {
    const told = await this.ask((store) => store.close(id));
    if (typeof told === 'boolean') return told;
    throw new PolicyUnavailable('the session store did not say whether it has closed one');
  }

  private async ask<T>(question: (store: SessionStore) => Promise<T>): Promise<T> {
    try {
      return await withinTime(question(this.#store), this.timeout, tooLate);
    } catch (cause) {
      throw new PolicyUnavailable('the session store failed', { cause });
    }
  }
}

function isOutcome(told: RotationOutcome | null | undefined): told is RotationOutcome {
  if (told?.outcome !== 'repeated') return OUTCOMES.includes(String(told?.outcome));
  const { sealed }: { sealed: unknown } = told;
  return isStringArray(sealed) && sealed.length > 0;
}

function tooLate(): Error {
  return new Error('the session store did not answer within identify.timeout');
}
