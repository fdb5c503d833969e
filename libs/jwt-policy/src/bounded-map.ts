/** A map that holds so many entries and no more: the one that was set first makes room for another. */
export class BoundedMap<V> {
  readonly #most: number;
  readonly #entries = new Map<string, V>();
  // Kept between two of the first to go, because a new iterator walks over the gap that every deleted entry has left.
  #oldest = this.#entries.keys();
  #setSince = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): V | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#most) this.#deleteOldest();
    // An iterator that stands still keeps alive all that the map has held since.
    else if (++this.#setSince >= this.#most) this.#renewOldest();
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  #deleteOldest(): void {
    const { value } = this.#oldest.next();
    if (value !== undefined) this.#entries.delete(value);
  }

  #renewOldest(): void {
    this.#setSince = 0;
    this.#oldest = this.#entries.keys();
  }
}
