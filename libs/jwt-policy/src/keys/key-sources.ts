import type { LastEnd } from './ring/held-key.js';
import { KeyRing } from './ring/key-ring.js';
import type { KeySource } from './key-source.js';

/** The keys of all issuers, opened and closed with the app. */
export class KeySources {
  private readonly sources: ReadonlySet<KeySource>;

  constructor(sources: readonly { readonly source: KeySource; readonly lastEnd: LastEnd }[]) {
    for (const { source, lastEnd } of sources) if (source instanceof KeyRing) source.lives(lastEnd);
    this.sources = new Set(sources.map(({ source }) => source));
  }

  async open(report: (problem: Error) => void): Promise<void> {
    await Promise.all([...this.sources].map(async (source) => source.open?.(report)));
  }

  async close(): Promise<void> {
    await Promise.all([...this.sources].map(async (source) => source.close?.()));
  }
}
