import { PolicyUnavailable } from '../../errors.js';
import { withinTime } from '../../time-limit.js';
import type { KeySet } from './held-keys.js';
import { Schedule } from './schedule.js';

/** Says which keys there are, from wherever you keep them: a folder, a database, a vault. */
export type KeyProvider = () => KeySet | PromiseLike<KeySet>;

/** How soon a token of an unknown key may have the provider asked again, in milliseconds. */
const COOLDOWN = 5_000;
/** How long such a token waits for the answer. */
const LONGEST_WAIT = 5_000;

/** Asks a provider for its keys: while the app starts, on a schedule, and when a token names a key that nobody knows. */
export class ProvidedKeys {
  private readonly schedule: Schedule;
  private readonly cooldown: number;
  private asking?: Promise<void>;
  private askedAt = Number.NEGATIVE_INFINITY;
  private failure?: Error;
  private users = 0;
  private report: (problem: Error) => void = () => {};
  /** Ends the question that is under way. */
  private quit: () => void = () => {};

  /** @param take What to do with the keys. */
  constructor(
    private readonly provider: KeyProvider,
    private readonly every: number,
    private readonly take: (set: KeySet) => void,
  ) {
    this.schedule = new Schedule(() => this.tryToAsk(), every);
    this.cooldown = Math.min(every, COOLDOWN);
  }

  /** How long an answer may take, in milliseconds. */
  static patience(every: number): number {
    return Math.max(every, 1_000);
  }

  async start(report: (problem: Error) => void): Promise<void> {
    this.report = report;
    await this.ask();
    this.users += 1;
    this.schedule.start();
  }

  stop(): void {
    this.users -= 1;
    this.schedule.stop();
    if (this.users === 0) this.quit();
  }

  /** @throws {PolicyUnavailable} when the provider does not say. */
  async askNow(): Promise<void> {
    if (this.asking || performance.now() - this.askedAt >= this.cooldown) await this.askForRequest();
    if (this.failure) throw new PolicyUnavailable('the provider of keys failed', { cause: this.failure });
  }

  /** A request waits less than the schedule does, and leaves the question to it. */
  private async askForRequest(): Promise<void> {
    try {
      await withinTime(this.tryToAsk(), LONGEST_WAIT, () => new Error(`no answer within ${LONGEST_WAIT} ms`));
    } catch (cause) {
      throw new PolicyUnavailable('the provider of keys failed', { cause });
    }
  }

  /** Goes on with the keys that are there when there is something wrong. */
  private async tryToAsk(): Promise<void> {
    try {
      await this.ask();
    } catch (error) {
      if (this.users > 0) this.report(error as Error);
    }
  }

  /** One question at a time answers for all who ask meanwhile. */
  private ask(): Promise<void> {
    this.asking ??= this.askOnce().finally(() => {
      this.askedAt = performance.now();
      this.asking = undefined;
    });
    return this.asking;
  }

  private async askOnce(): Promise<void> {
    try {
      this.take(await this.answer());
      this.failure = undefined;
    } catch (error) {
      this.failure = error as Error;
      throw error;
    }
  }

  /** Nobody waits for an answer when the app has closed. */
  private async answer(): Promise<KeySet> {
    const patience = ProvidedKeys.patience(this.every);
    const closed = new Promise<never>((_, reject) => {
      this.quit = () => reject(new Error('the app is closed'));
    });
    const asked = (async () => this.provider())();
    try {
      return await withinTime(
        Promise.race([asked, closed]),
        patience,
        () => new Error(`it did not answer within ${patience} ms`),
      );
    } catch (cause) {
      throw new Error('the provider of keys failed', { cause });
    }
  }
}
