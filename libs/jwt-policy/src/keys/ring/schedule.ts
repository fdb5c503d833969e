/** Does something every so often, one time after the other, for as long as anybody wants it. */
export class Schedule {
  private timer?: NodeJS.Timeout;
  private wanted = 0;
  private isRunning = false;

  /** @param task Must not reject. */
  constructor(
    private readonly task: () => Promise<void>,
    private readonly every: number,
  ) {}

  start(): void {
    this.wanted += 1;
    // What runs still goes on by itself.
    if (this.wanted === 1 && !this.isRunning) this.wait();
  }

  stop(): void {
    this.wanted -= 1;
    if (this.wanted === 0) clearTimeout(this.timer);
  }

  private wait(): void {
    this.timer = setTimeout(() => void this.act(), this.every).unref();
  }

  private async act(): Promise<void> {
    this.isRunning = true;
    await this.task();
    this.isRunning = false;
    if (this.wanted > 0) this.wait();
  }
}
