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
  private readonly leave: (() => void)[];

  constructor(used: readonly UsedKeys[]) {
    this.sources = new Set(used.map(({ source }) => source));
    this.leave = used.flatMap(({ source, life }) => (source instanceof KeyRing ? [source.signFor(life)] : []));
  }

  async open(report: (problem: Error) => void): Promise<void> {
    await Promise.all([...this.sources].map(async (source) => source.open?.(report)));
  }

  async close(): Promise<void> {
    await Promise.all([...this.sources].map(async (source) => source.close?.()));
    for (const leave of this.leave) leave();
  }
}
