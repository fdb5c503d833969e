import type { Key } from './key.js';

/** Where the keys of an issuer are found, each under its own `kid` or not at all: no key is ever tried on a guess. */
export interface KeySource {
  /** The key of this `kid`, if it is known and good now. Without a `kid`: the only key there is, if nobody has named it. */
  find(kid: string | undefined): Key | undefined;
  /**
   * Looks further for a key that `find` does not know.
   *
   * @throws {PolicyUnavailable} when it cannot be known whether there is one.
   */
  seek?(kid: string | undefined): Promise<Key | undefined>;
  /** Called while the app starts. `report` tells the operator of what goes wrong later, and lets nobody in. */
  open?(report: (problem: Error) => void): Promise<void>;
  /** Called when the app has answered its last request. */
  close?(): Promise<void>;
}
