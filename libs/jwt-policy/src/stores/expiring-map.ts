interface Held<V> {
  readonly value: V;
  readonly endsAt: number;
}

const SWEEP_EVERY = 60_000;

/** A map whose entries end. What has ended is gone for readers at once, and from memory within a minute or two. */
export class ExpiringMap<V> {
  private readonly held = new Map<string, Held<V>>();
  // The keys by the minute in which they were to end at first, so that a sweep touches hardly anything that stays.
  private readonly minutes = new Map<number, string[]>();
  private sweeping?: NodeJS.Timeout;

  /** @param onEnd Is told of what leaves memory because it has ended. */
  constructor(private readonly onEnd?: (key: string, value: V) => void) {}

  get size(): number {
    return this.held.size;
  }

  get(key: string): V | undefined {
    const held = this.held.get(key);
    return held !== undefined && held.endsAt > Date.now() ? held.value : undefined;
  }

  /**
   * An entry that is set again does not end sooner than it was to.
   *
   * @param end In milliseconds since 1970.
   */
  set(key: string, value: V, end: number): void {
    const known = this.held.get(key);
    const endsAt = known ? Math.max(known.endsAt, end) : end;
    this.held.set(key, { value, endsAt });
    // That it ends later now is found out by the sweep: noted each time, it would fill the memory of one that never ends.
    if (known) return;
    this.note(key, endsAt);
    this.sweeping ??= setTimeout(() => this.sweep(), SWEEP_EVERY).unref();
  }

  delete(key: string): void {
    this.held.delete(key);
  }

  *entries(): Iterable<readonly [key: string, value: V, endsAt: number]> {
    for (const [key, { value, endsAt }] of this.held) yield [key, value, endsAt];
  }

  private note(key: string, endsAt: number): void {
    const minute = this.minutes.get(minuteOf(endsAt));
    if (minute) minute.push(key);
    else this.minutes.set(minuteOf(endsAt), [key]);
  }

  private end(key: string, value: V): void {
    this.held.delete(key);
    this.onEnd?.(key, value);
  }

  private sweep(): void {
    const now = Date.now();
    for (const [minute, keys] of this.minutes) {
      if (minute * SWEEP_EVERY > now) continue;
      this.minutes.delete(minute);
      for (const key of keys) {
        const held = this.held.get(key);
        if (held && held.endsAt > now) this.note(key, held.endsAt);
        else if (held) this.end(key, held.value);
      }
    }
    this.sweeping = this.held.size > 0 ? setTimeout(() => this.sweep(), SWEEP_EVERY).unref() : undefined;
  }
}

/** The minute at whose end an entry is over. */
function minuteOf(endsAt: number): number {
  return Math.ceil(endsAt / SWEEP_EVERY);
}
