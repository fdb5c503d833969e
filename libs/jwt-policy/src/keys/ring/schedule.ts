/** Does something every so often, one time after the other, for as long as anybody wants it. */
export class Schedule {
  private timer?: NodeJS.Timeout;
  private wanted = 0;

  /** @param task Must not reject. */
  constructor(
    private readonly task: () => Promise<void>,
    private readonly every: number,
  ) {}

  start(): void {
    this.wanted += 1;
    if (this.wanted === 1) this.wait();
  }

  stop(): void {
    this.wanted -= 1;
    if (this.wanted === 0) clearTimeout(this.timer);
  }

  private wait(): void {
    this.timer = setTimeout(() => void this.act(), this.every).unref();
  }

  private async act(): Promise<void> {
    await this.task();
    if (this.wanted > 0) this.wait();
  }
}
