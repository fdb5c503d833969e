import { randomBytes } from 'node:crypto';
import { Child } from '../child.js';

/** A mode for each server that is measured; the first two are the same, to see what a difference is worth. */
export const MODES = [
  { mode: 'token', freshness: 'token', stale: 'until the token ends' },
  { mode: 'token, again', freshness: 'token', stale: 'until the token ends' },
  { mode: 'maxStale: 30s', freshness: { maxStale: '30s' }, stale: '30 s' },
  { mode: 'live', freshness: 'live', stale: 'not at all' },
];

const SHORT = { mode: 'maxStale: 2s', freshness: { maxStale: '2s' } };

/** A shop in a process of its own for every mode, all of them with one secret and one database. */
export async function withShops(settings, use) {
  const secret = randomBytes(64).toString('base64url');
  const shops = [...MODES, SHORT].map((mode) => ({
    ...mode,
    child: new Child(new URL('./shop-process.js', import.meta.url)),
  }));
  try {
    for (const shop of shops) {
      const { child, freshness } = shop;
      shop.url = await child.ask('open', { ...settings, secret, freshness });
    }
    return await use(shops);
  } finally {
    await Promise.all(shops.map(({ child }) => child.stop()));
  }
}
