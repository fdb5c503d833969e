import type { KeySource } from './key-source.js';
import type { TokenLife } from './ring/held-key.js';
import { KeyRing } from './ring/key-ring.js';

interface UsedKeys {
  readonly source: KeySource;
  /** Of the tokens that they are used for. */
  readonly life: TokenLife;
}

/** The keys of all issuers, opened and closed with the app. */
export class KeySources {
  private readonly sources: ReadonlySet<KeySource>;
  private readonly opened = new Set<KeySource>();
  private readonly leave: (() => void)[];

  constructor(used: readonly UsedKeys[]) {
    this.sources = new Set(used.map(({ source }) => source));
    this.leave = used.flatMap(({ source, life }) => (source instanceof KeyRing ? [source.signFor(life)] : []));
  }

  async open(report: (problem: Error) => void): Promise<void> {
    const openings = [...this.sources].map(async (source) => {
      await source.open?.(report);
      this.opened.add(source);
    });
    await Promise.allSettled(openings);
    await Promise.all(openings);
  }

  /** Those that were opened, once: another app may use them as well, and count on being the last. */
  async close(): Promise<void> {
    const opened = [...this.opened];
    this.opened.clear();
    await Promise.all(opened.map(async (source) => source.close?.()));
    for (const leave of this.leave) leave();
  }
}
