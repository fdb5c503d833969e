import { PolicyConfigurationError } from '../../errors.js';
import { withinTime } from '../../time-limit.js';
import type { HeldKey, LastEnd } from './held-key.js';
import { HeldKeys, type KeySet, refuseStrangers, sameName } from './held-keys.js';
import type { Key } from '../key.js';
import { type KeyRingOptions, type KeyRingTimes, timesOf } from './key-ring-options.js';
import type { KeySource } from '../key-source.js';
import { Schedule } from './schedule.js';

/** Says which keys there are, from wherever you keep them: a folder, a database, a vault. */
export type KeyProvider = () => KeySet | PromiseLike<KeySet>;

const PROVIDER_TIMEOUT = 30_000;

/** The keys of an app: one signs, and each is found by its own `kid` or not at all. */
export class KeyRing implements KeySource {
  readonly #keys: HeldKeys;
  readonly #provider?: KeyProvider;
  readonly #schedule?: Schedule;
  /** @internal How long a key is known before it signs, in milliseconds. */
  readonly notice: number;
  #report?: (problem: Error) => void;

  /** @internal */
  constructor(source: KeySet | KeyProvider, { notice, every }: KeyRingTimes = timesOf({}, source)) {
    this.notice = notice;
    this.#keys = new HeldKeys(notice);
    if (typeof source !== 'function') this.#keys.begin(source);
    else {
      this.#provider = source;
      this.#schedule = new Schedule(() => this.#askAgain(), every as number);
    }
  }

  /** The key that signs new tokens. */
  get active(): Key {
    return this.#keys.active.key;
  }

  /** Keys that will sign. */
  get upcoming(): readonly Key[] {
    return this.#keys.inState('upcoming').map(({ key }) => key);
  }

  /** Keys that sign no more, and whose tokens are accepted. */
  get retiring(): readonly Key[] {
    return this.#keys.inState('retiring').map(({ key }) => key);
  }

  /** @internal A token without `kid` can mean no other key than the only one there is, if that has no name either. */
  find(kid: string | undefined): Key | undefined {
    return (kid === undefined ? this.#keys.nameless() : this.#keys.find(kid))?.key;
  }

  /** @internal Signs with the active key. */
  sign(type: string, payload: Buffer, expiresAt: Date): string {
    const held = this.#keys.active;
    held.lastEnd = Math.max(held.lastEnd, expiresAt.getTime());
    return held.key.sign(type, payload);
  }

  /** @internal Says for how long what it signs may be good; of several who say so, the longest counts. */
  lives(lastEnd: LastEnd): void {
    this.#keys.lives(lastEnd);
  }

  /** @internal */
  async open(report: (problem: Error) => void): Promise<void> {
    this.#report = report;
    if (this.#provider && this.#keys.isEmpty) this.#keys.begin(await ask(this.#provider));
    this.#schedule?.start();
  }

  /** @internal */
  async close(): Promise<void> {
    this.#schedule?.stop();
  }

  /**
   * Makes a key known, to be rotated to when the notice is over. Call it on every instance.
   *
   * @throws {PolicyConfigurationError} when it cannot sign, its `kid` is taken, or a provider names the keys.
   */
  announce(key: Key): void {
    this.#refuseProvided('announce()');
    refuseStrangers([key]);
    if (!key.canSign) throw mistake('announce()', 'got a key that cannot sign', 'give keyPair() or secretKey()');
    if (this.#keys.isDistrusted(key)) throw mistake('announce()', 'got a key that is distrusted', 'make another one');
    if (this.#keys.find(key.kid)) throw sameName();
    this.#keys.add(key, 'upcoming');
  }

  /**
   * Signs with the upcoming key from now on. The one that signed until now is kept until the last of its tokens has ended,
   * also of those that other instances sign within the notice, and is gone then. Call it on every instance, within the
   * notice; nobody is refused meanwhile.
   *
   * @throws {PolicyConfigurationError} when there is no upcoming key, it was announced too short a time ago, it cannot sign,
   * or a provider names the keys.
   */
  rotate(): void {
    this.#refuseProvided('rotate()');
    const [next] = this.#keys.inState('upcoming');
    if (!next) throw mistake('rotate()', 'finds no upcoming key', 'announce() one, and wait for the notice to be over');
    if (!next.key.canSign) throw mistake('rotate()', 'finds an upcoming key that cannot sign', 'give its private half');
    const left = this.#keys.noticeLeft(next);
    if (left > 0) throw mistake('rotate()', 'comes too soon for others to know the upcoming key', waitFor(left));
    this.#keys.active.isNamed = false;
    this.#keys.activate(next);
  }

  /**
   * Drops a retiring key that the options name, without a restart. (One that has retired by `rotate()` goes by itself.)
   *
   * @throws {PolicyConfigurationError} while a token that it has signed may still be good, with the time that is left; when
   * there is no such key, it is not retiring, or a provider names the keys.
   */
  retire(kid: string): void {
    this.#refuseProvided('retire()');
    const held = this.#keys.find(kid);
    if (held?.state !== 'retiring')
      throw mistake('retire()', 'finds no retiring key of this `kid`', 'see ring.retiring');
    const left = held.safeFrom - Date.now();
    if (left > 0) {
      throw mistake(
        'retire()',
        'would refuse tokens that are still good',
        `${waitFor(left)}, or distrust() a stolen key`,
      );
    }
    this.#keys.drop(held);
  }

  /**
   * Drops a key at once, because somebody else may have it: whoever holds a token of it has to log in again. If it was the
   * active one, the upcoming key signs at once. Call it on every instance, and take the key out of the options, or of what the
   * provider returns: a process that starts knows nothing of it.
   *
   * @throws {PolicyConfigurationError} when there is no such key, or no other that could sign.
   */
  distrust(kid: string): void {
    const held = this.#keys.find(kid);
    if (!held)
      throw mistake('distrust()', 'finds no key of this `kid`', 'see ring.active, ring.upcoming, ring.retiring');
    if (held.state === 'active') this.#keys.activate(this.#successor());
    this.#keys.distrust(held);
  }

  #successor(): HeldKey {
    const next = this.#keys.inState('upcoming').find(({ key }) => key.canSign);
    if (next) return next;
    throw mistake('distrust()', 'would leave no key that signs', 'announce() another one first');
  }

  /** Goes on with the keys that are there when there is something wrong. */
  async #askAgain(): Promise<void> {
    try {
      this.#keys.follow(await ask(this.#provider as KeyProvider));
    } catch (error) {
      this.#report?.(error as Error);
    }
  }

  #refuseProvided(call: string): void {
    if (this.#provider)
      throw mistake(call, 'is not for keys that a provider names', 'change what the provider returns');
  }
}

/**
 * Several keys: `active` signs; tokens of `upcoming` and `retiring` keys are accepted as well. A key without a `kid` goes by
 * its thumbprint (RFC 7638). Instead of keys it takes a function that returns them, which is asked while the app starts and
 * every minute from then on: change what it returns, and every instance follows without a restart.
 *
 * @throws {PolicyConfigurationError} when two keys have the same `kid`, one of them is no key, or an option is wrong. When a
 * provider fails while the app starts, the start fails; later the keys stay as they are, and the error log says why.
 * @example keyRing({ active: keyPair({ ... }), retiring: [publicKey({ ... })] })
 */
export function keyRing(keys: KeySet | KeyProvider, options: KeyRingOptions = {}): KeyRing {
  return new KeyRing(keys, timesOf(options, keys));
}

async function ask(provider: KeyProvider): Promise<KeySet> {
  try {
    const asked = (async () => provider())();
    return await withinTime(asked, PROVIDER_TIMEOUT, () => new Error('no answer within 30 seconds'));
  } catch (cause) {
    throw new Error('the provider of keys failed', { cause });
  }
}

function waitFor(milliseconds: number): string {
  if (milliseconds === Number.POSITIVE_INFINITY) return 'nobody knows how long they live: set verify.maxLifetime';
  return `wait for another ${Math.ceil(milliseconds / 1000)} s`;
}

function mistake(call: string, problem: string, fix: string): PolicyConfigurationError {
  return new PolicyConfigurationError(`keys: KeyRing.${call}`, problem, fix);
}
