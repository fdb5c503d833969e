import { PolicyConfigurationError } from '../../errors.js';
import { HeldKey, type KeyState, type TokenLife } from './held-key.js';
import { Key } from '../key.js';

/** The keys of an app and what each of them is for. */
export interface KeySet {
  /** Signs. */
  readonly active: Key;
  /** Will sign: others know it by then. */
  readonly upcoming?: readonly Key[];
  /** Have signed: their tokens are still accepted. */
  readonly retiring?: readonly Key[];
}

/** The keys that a ring holds now, each in one state of its life: upcoming, active, retiring, and then it is gone. */
export class HeldKeys {
  readonly #held = new Map<string, HeldKey>();
  readonly #distrusted = new Set<string>();
  readonly #lives = new Set<TokenLife>();
  #active?: HeldKey;

  /**
   * @param notice For how long a key is known before it signs. In milliseconds, like `spread`: within which all instances
   * stop to sign with a key.
   */
  constructor(
    private readonly notice: number,
    private readonly spread: number,
  ) {}

  /** @throws {PolicyConfigurationError} before there are any keys. */
  get active(): HeldKey {
    if (this.#active) return this.#active;
    throw new PolicyConfigurationError('keys', 'are not there yet', 'wait until the app has started');
  }

  get isEmpty(): boolean {
    return this.#held.size === 0;
  }

  find(kid: string): HeldKey | undefined {
    const held = this.#held.get(kid);
    return held?.isKept() ? held : undefined;
  }

  /** The only key there is, if nobody has named it. */
  nameless(): HeldKey | undefined {
    const [only, ...others] = this.#held.values();
    return others.length === 0 && only && !only.key.isNamed ? only : undefined;
  }

  inState(state: KeyState): HeldKey[] {
    return [...this.#held.values()].filter((held) => held.state === state && held.isKept());
  }

  isDistrusted(key: Key): boolean {
    return this.#distrusted.has(key.thumbprint);
  }

  /** @returns what takes it back. */
  signFor(life: TokenLife): () => void {
    this.#lives.add(life);
    for (const held of this.inState('retiring')) this.#findSafety(held);
    return () => void this.#lives.delete(life);
  }

  add(key: Key, state: KeyState): void {
    const held = new HeldKey(key, state, true);
    if (state === 'retiring') this.#findSafety(held);
    this.#held.set(key.kid, held);
  }

  /** How many milliseconds are missing until other instances know the key as well. */
  noticeLeft({ knownSince }: HeldKey): number {
    return knownSince + this.notice - Date.now();
  }

  activate(next: HeldKey): void {
    const former = this.#active;
    this.#active = next;
    next.enter('active');
    if (former) this.retire(former);
    this.#dropRetired();
  }

  retire(held: HeldKey): void {
    held.enter('retiring');
    this.#findSafety(held);
  }

  drop({ key }: HeldKey): void {
    this.#held.delete(key.kid);
  }

  /** Under every name that it has. */
  distrust({ key: { thumbprint } }: HeldKey): void {
    this.#distrusted.add(thumbprint);
    for (const held of this.#held.values()) if (held.key.thumbprint === thumbprint) this.drop(held);
  }

  /**
   * Takes on the keys as they are.
   *
   * @throws {PolicyConfigurationError} when there is something wrong with them.
   */
  begin(set: KeySet): void {
    for (const [key, state] of statesIn(set)) this.add(key, state);
    this.#active = this.#held.get(set.active.kid);
  }

  /**
   * Comes as near to what is wanted as it can without a token being refused, here or on another instance.
   *
   * @throws {PolicyConfigurationError} when there is something wrong with the keys, and leaves everything as it is.
   */
  follow(set: KeySet): void {
    // What has retired stands in nobody's way: its name is free.
    this.#dropRetired();
    const wanted = statesIn(set);
    if (this.isDistrusted(set.active)) {
      throw new PolicyConfigurationError('keys', 'have an active one that is distrusted', 'name another one');
    }
    const named = wanted.filter(([key]) => !this.isDistrusted(key));
    if (named.some(([key]) => this.#held.get(key.kid)?.key.isSameAs(key) === false)) throw sameName();
    if (this.active.key.canSign && !set.active.canSign && !this.#held.get(set.active.kid)?.key.canSign) {
      throw new PolicyConfigurationError('keys', 'have an active one that cannot sign', 'give its private half');
    }
    for (const held of this.#held.values()) held.isWanted = false;
    for (const [key, state] of named) this.#name(key, state);
    // Another instance may sign with it already.
    for (const held of this.inState('upcoming')) if (!held.isWanted) this.retire(held);
    const next = this.#held.get(set.active.kid) as HeldKey;
    if (next !== this.#active && this.noticeLeft(next) <= 0) this.activate(next);
    this.#dropRetired();
  }

  #name(key: Key, state: KeyState): void {
    const known = this.#held.get(key.kid);
    if (!known) {
      this.add(key, state === 'retiring' ? 'retiring' : 'upcoming');
      return;
    }
    known.isWanted = true;
    if (key.canSign && !known.key.canSign) known.key = key;
  }

  #findSafety(held: HeldKey): void {
    held.findSafety(this.spread, this.#lives);
  }

  #dropRetired(): void {
    for (const held of this.#held.values()) if (!held.isKept()) this.drop(held);
  }
}

/** @throws {PolicyConfigurationError} when one of them was not made by a builder. */
export function refuseStrangers(keys: readonly unknown[]): void {
  if (keys.every((key) => key instanceof Key)) return;
  throw new PolicyConfigurationError(
    'keys',
    'hold something that is not a key',
    'make keys with secretKey(), keyPair() or publicKey()',
  );
}

export function sameName(): PolicyConfigurationError {
  return new PolicyConfigurationError('keys', 'hold two keys with the same `kid`', 'give every key a `kid` of its own');
}

function statesIn(set: KeySet): (readonly [key: Key, state: KeyState])[] {
  const { active, upcoming = [], retiring = [] } = set ?? {};
  const named = [
    [active, 'active'] as const,
    ...upcoming.map((key) => [key, 'upcoming'] as const),
    ...retiring.map((key) => [key, 'retiring'] as const),
  ];
  refuseStrangers(named.map(([key]) => key));
  if (new Set(named.map(([key]) => key.kid)).size < named.length) throw sameName();
  return named;
}
