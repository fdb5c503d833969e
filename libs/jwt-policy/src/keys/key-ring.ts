import { PolicyConfigurationError } from '../errors.js';
import { Key } from './key.js';

/** The keys of an app: one signs, and each is found by its own `kid` or not at all. */
export class KeyRing {
  readonly #byKid: ReadonlyMap<string | undefined, Key>;

  /** @internal */
  constructor(
    /** The key that signs new tokens. */
    readonly active: Key,
    others: readonly Key[] = [],
  ) {
    const keys = [active, ...others];
    if (!keys.every((key) => key instanceof Key)) {
      throw new PolicyConfigurationError(
        'keys',
        'holds something that is not a key',
        'make keys with secretKey(), keyPair() or publicKey()',
      );
    }
    if (keys.length > 1 && keys.some((key) => key.kid === undefined)) {
      throw new PolicyConfigurationError(
        'keys',
        'holds several keys, one of them without a `kid`',
        'give every key of the ring a `kid`',
      );
    }
    this.#byKid = new Map(keys.map((key) => [key.kid, key]));
    if (this.#byKid.size < keys.length) {
      throw new PolicyConfigurationError(
        'keys',
        'holds two keys with the same `kid`',
        'give every key a `kid` of its own',
      );
    }
    Object.freeze(this);
  }

  /** @internal */
  get all(): readonly Key[] {
    return [...this.#byKid.values()];
  }

  /** @internal A token without `kid` finds only the key without one: no key is ever tried on a guess. */
  find(kid: string | undefined): Key | undefined {
    return this.#byKid.get(kid);
  }
}

/**
 * Several keys: `active` signs; tokens of `upcoming` and `retiring` keys are accepted as well. Each needs a `kid`.
 *
 * @throws {PolicyConfigurationError} when a `kid` is missing or used twice.
 * @example keyRing({ active: keyPair({ ... }), retiring: [publicKey({ ... })] })
 */
export function keyRing(keys: { active: Key; upcoming?: readonly Key[]; retiring?: readonly Key[] }): KeyRing {
  return new KeyRing(keys.active, [...(keys.upcoming ?? []), ...(keys.retiring ?? [])]);
}
