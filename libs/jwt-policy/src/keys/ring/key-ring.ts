import { PolicyConfigurationError } from '../../errors.js';
import type { HeldKey, TokenLife } from './held-key.js';
import { HeldKeys, type KeySet, refuseStrangers, sameName } from './held-keys.js';
import type { Key } from '../key.js';
import { type KeyRingOptions, type KeyRingTimes, timesOf } from './key-ring-options.js';
import type { KeySource } from '../key-source.js';
import { type KeyProvider, ProvidedKeys } from './provided-keys.js';

/** The keys of an app: one signs, and each is found by its own `kid` or not at all. */
export class KeyRing implements KeySource {
  readonly #keys: HeldKeys;
  readonly #provided?: ProvidedKeys;
  /** @internal How long a key is known before it signs, in milliseconds. */
  readonly notice: number;
  /** @internal Another instance may have been told of a key that this one will only hear of. */
  readonly seek?: (kid: string | undefined) => Promise<Key | undefined>;

  /** @internal */
  constructor(source: KeySet | KeyProvider, { notice, every }: KeyRingTimes = timesOf({}, source)) {
    this.notice = notice;
    if (typeof source !== 'function') {
      this.#keys = new HeldKeys(notice, notice);
      this.#keys.begin(source);
      return;
    }
    const asksEvery = every as number;
    // Whoever has just started to wait for the notice hears of the switch last, and after a slow answer.
    const keys = new HeldKeys(notice, notice + asksEvery + ProvidedKeys.patience(asksEvery));
    const provided = new ProvidedKeys(source, asksEvery, (set) => (keys.isEmpty ? keys.begin(set) : keys.follow(set)));
    this.#keys = keys;
    this.#provided = provided;
    this.seek = async (kid) => {
      await provided.askNow();
      return this.find(kid);
    };
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

  /** @internal Whether its keys change by themselves. */
  get isProvided(): boolean {
    return this.#provided !== undefined;
  }

  /**
   * @internal Says for how long what it signs may be good; of several who say so, the longest counts.
   * @returns what takes it back.
   */
  signFor(life: TokenLife): () => void {
    return this.#keys.signFor(life);
  }

  /** @internal */
  async open(report: (problem: Error) => void): Promise<void> {
    await this.#provided?.start(report);
  }

  /** @internal */
  async close(): Promise<void> {
    this.#provided?.stop();
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
    this.#keys.active.isWanted = false;
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
    if (held.key.thumbprint === this.active.thumbprint) this.#keys.activate(this.#successor());
    this.#keys.distrust(held);
  }

  #successor(): HeldKey {
    const { thumbprint } = this.active;
    const next = this.#keys.inState('upcoming').find(({ key }) => key.canSign && key.thumbprint !== thumbprint);
    if (next) return next;
    throw mistake('distrust()', 'would leave no key that signs', 'announce() another one first');
  }

  #refuseProvided(call: string): void {
    if (this.isProvided)
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

function waitFor(milliseconds: number): string {
  if (milliseconds === Number.POSITIVE_INFINITY) return 'nobody knows how long they live: set verify.maxLifetime';
  return `wait for another ${Math.ceil(milliseconds / 1000)} s`;
}

function mistake(call: string, problem: string, fix: string): PolicyConfigurationError {
  return new PolicyConfigurationError(`keys: KeyRing.${call}`, problem, fix);
}
