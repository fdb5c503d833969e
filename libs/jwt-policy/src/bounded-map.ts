/** A map that holds so many entries and no more: the one that was set first makes room for another. */
export class BoundedMap<V> {
  private readonly entries = new Map<string, V>();
  // Kept, because a new iterator would walk over the gaps that all the deleted ones have left.
  private readonly oldest = this.entries.keys();

  constructor(private readonly most: number) {}

  get(key: string): V | undefined {
    return this.entries.get(key);
  }

  set(key: string, value: V): void {
    this.entries.delete(key);
    this.entries.set(key, value);
    if (this.entries.size > this.most) this.deleteOldest();
  }

  delete(key: string): void {
    this.entries.delete(key);
  }

  private deleteOldest(): void {
    const { value } = this.oldest.next();
    if (value !== undefined) this.entries.delete(value);
  }
}
