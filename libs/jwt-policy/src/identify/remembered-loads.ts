import { hash } from 'node:crypto';
import { BoundedMap } from '../bounded-map.js';
import type { VerifiedToken } from '../verify/verified-token.js';
import type { BoundedLoader, Loaded } from './bounded-loader.js';
import type { Staleness } from './freshness.js';
import type { SubjectVersion } from './revocations.js';

interface Load {
  readonly startedAt: number;
  readonly version: SubjectVersion;
  loaded: Loaded | Promise<Loaded>;
}

const MOST_REMEMBERED = 10_000;

/** Loads that count for a while: one at a time for each subject, shared by all who ask meanwhile. */
export class RememberedLoads {
  private readonly loads: BoundedMap<Load>;
  private readonly keys = new WeakMap<VerifiedToken, string>();

  constructor(
    private readonly loader: BoundedLoader,
    most = MOST_REMEMBERED,
  ) {
    this.loads = new BoundedMap(most);
  }

  /**
   * @param version Of the subject, as it was before this call: what was loaded under another one does not count.
   * @throws {PolicyUnavailable} as the loader does. What failed is not remembered; that nobody was found is.
   */
  find(token: VerifiedToken, staleness: Staleness, version: SubjectVersion): Loaded | Promise<Loaded> {
    let key = this.keys.get(token);
    if (key === undefined) this.keys.set(token, (key = keyOf(token)));
    const known = this.loads.get(key);
    const now = performance.now();
    if (known && known.version === version && now - known.startedAt < staleness) return known.loaded;
    return this.start(key, token, version, now);
  }

  private start(key: string, token: VerifiedToken, version: SubjectVersion, startedAt: number): Promise<Loaded> {
    const loading = this.loader.load(token);
    const load: Load = { startedAt, version, loaded: loading };
    this.loads.set(key, load);
    loading.then(
      (loaded) => (load.loaded = loaded),
      () => this.loads.get(key) === load && this.loads.delete(key),
    );
    return loading;
  }
}

/**
 * A loader may look at any claim, a tenant for example. Tokens share a load when nothing tells them apart but when they
 * were issued. Hashed, because a token may hold hundreds of permissions.
 */
function keyOf({ claims }: VerifiedToken): string {
  return hash('sha256', JSON.stringify({ ...claims, iat: 0, exp: 0, nbf: 0, jti: 0 }), 'base64');
}
