/** One try to log in: its place, and the points that it gets back unless it fails. */
export class Attempt {
  private readonly taken: (() => Promise<void>)[] = [];

  constructor(private readonly leave: () => void) {}

  took(giveBack: () => Promise<void>): void {
    this.taken.push(giveBack);
  }

  async giveBack(): Promise<void> {
    await Promise.all(this.taken.map((giveBack) => giveBack()));
  }

  end(): void {
    this.leave();
  }
}

/** By their requests: what the guard has begun, the interceptor ends. */
export class Attempts extends WeakMap<object, Attempt> {}
