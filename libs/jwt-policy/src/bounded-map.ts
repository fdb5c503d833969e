/** A map that holds so many entries and no more: the one that was set first makes room for another. */
export class BoundedMap<V> {
  private readonly entries = new Map<string, V>();

  constructor(private readonly most: number) {}

  get(key: string): V | undefined {
    return this.entries.get(key);
  }

  set(key: string, value: V): void {
    this.entries.delete(key);
    this.entries.set(key, value);
    if (this.entries.size > this.most) this.deleteFirst();
  }

  delete(key: string): void {
    this.entries.delete(key);
  }

  private deleteFirst(): void {
    for (const key of this.entries.keys()) {
      this.entries.delete(key);
      return;
    }
  }
}
