import { PolicyConfigurationError, PolicyUnavailable } from '../../errors.js';
import { boundKeys, type BoundKeys, type KeysByKid } from './bound-keys.js';
import { discoverKeyServer } from './discovery.js';
import { fetchJwks } from './jwks-fetch.js';
import type { Key } from '../key.js';
import { keyServerUrl, shownUrl } from './key-server-url.js';
import type { KeySource } from '../key-source.js';
import { checkRemoteJwksOptions, type RemoteJwksOptions, type RemoteJwksSettings } from './remote-jwks-options.js';

interface KeyServer {
  /** The issuer that named it. */
  readonly issuer?: string;
  /** What it is called in a log. */
  readonly name: string;
  locate(signal: AbortSignal): Promise<URL>;
}

/** The keys that another issuer publishes. Made by `remoteJwks()` or `discoveredJwks()`. */
export class RemoteJwks implements KeySource {
  /** The issuer that was asked where its keys are; `undefined` for `remoteJwks()`. */
  readonly issuer?: string;
  readonly #server: KeyServer;
  readonly #settings: RemoteJwksSettings;
  #keys: KeysByKid = new Map();
  #report: (problem: Error) => void = () => {};
  /** How many apps use it now. */
  #users = 0;
  #isClosed = false;
  #loading?: Promise<void>;
  #running = new AbortController();
  #loadedAt = Number.NEGATIVE_INFINITY;
  #endedAt = Number.NEGATIVE_INFINITY;
  /** Why the last fetch failed, if it did. */
  #failure?: Error;

  /** @internal */
  constructor(server: KeyServer, settings: RemoteJwksSettings) {
    this.issuer = server.issuer;
    this.#server = server;
    this.#settings = settings;
    Object.freeze(this);
  }

  /** @internal */
  find(kid: string | undefined): Key | undefined {
    if (performance.now() - this.#loadedAt > this.#settings.maxAge && !this.#isCoolingDown()) void this.#load();
    return this.#keys.get(kid);
  }

  /** @internal One fetch answers for all who seek meanwhile. */
  async seek(kid: string | undefined): Promise<Key | undefined> {
    if (!this.#keys.has(kid) && (this.#loading || !this.#isCoolingDown())) await this.#load();
    const key = this.#keys.get(kid);
    if (key || !this.#failure) return key;
    throw new PolicyUnavailable('the keys of the issuer cannot be fetched', { cause: this.#failure });
  }

  /** @internal Starts without keys, too: until there are some, the answer to a token is 503. */
  async open(report: (problem: Error) => void): Promise<void> {
    this.#report = report;
    this.#users += 1;
    this.#isClosed = false;
    await this.#load();
    if (this.#failure instanceof PolicyConfigurationError) throw this.#failure;
  }

  /** @internal */
  async close(): Promise<void> {
    this.#users -= 1;
    if (this.#users > 0) return;
    const closed = new Error('the app is closed');
    this.#isClosed = true;
    this.#running.abort(closed);
    await this.#loading;
    this.#failure = closed;
  }

  #isCoolingDown(): boolean {
    return this.#isClosed || performance.now() - this.#endedAt < this.#settings.cooldown;
  }

  /** Never rejects. */
  #load(): Promise<void> {
    this.#loading ??= this.#tryToLoad().finally(() => {
      this.#endedAt = performance.now();
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #tryToLoad(): Promise<void> {
    const running = new AbortController();
    const { name } = this.#server;
    const { timeout } = this.#settings;
    const late = new Error(`${name} did not answer within ${timeout} ms`);
    const timer = setTimeout(() => running.abort(late), timeout);
    this.#running = running;
    try {
      const { byKid, problems } = await this.#fetch(running.signal);
      this.#keys = byKid;
      this.#loadedAt = performance.now();
      this.#failure = undefined;
      if (problems.length > 0) this.#tell(new Error(`${name} has keys that do not count: ${problems.join('; ')}`));
    } catch (error) {
      this.#failure = error as Error;
      if (!(error instanceof PolicyConfigurationError)) this.#tell(this.#failure);
    } finally {
      clearTimeout(timer);
      // An answer that was refused may still be on its way.
      running.abort();
    }
  }

  async #fetch(signal: AbortSignal): Promise<BoundKeys> {
    const { algorithms } = this.#settings;
    const url = await this.#server.locate(signal);
    const jwks = await fetchJwks(url, signal);
    const keys = boundKeys(jwks, algorithms, this.#keys);
    if (keys.byKid.size > 0) return keys;
    throw new Error([`${shownUrl(url)} holds no key for ${algorithms.join(', ')}`, ...keys.problems].join('; '));
  }

  #tell(problem: Error): void {
    if (this.#isClosed) return;
    try {
      this.#report(problem);
    } catch {
      // A log that fails keeps nobody's key away.
    }
  }
}

/**
 * The keys that another issuer publishes as a JWK Set, fetched while the app starts, again when they are older than
 * `maxAge`, and when a token names a key that is not there: for all such tokens together once in `cooldown`. While the
 * issuer cannot be reached, the keys that were fetched last go on counting, and a token of any other key is answered 503.
 * Each key is bound to one algorithm when it is fetched. Needs the package `jose`.
 *
 * @param url An `https:` address without name or password; outside of production also `http:` of this machine. A redirect
 * is not followed, and an answer of more than 256 kB or 100 keys is refused.
 * @throws {PolicyConfigurationError} when the address or an option is wrong; while the app starts, when `jose` is missing.
 * @see RFC 7517, section 5
 * @example keys: remoteJwks('https://login.example/jwks', { algorithms: ['RS256'] })
 */
export function remoteJwks(url: string | URL | undefined, options: RemoteJwksOptions): RemoteJwks {
  const builder = 'keys: remoteJwks()';
  const server = keyServerUrl(url, (problem) => badAddress(builder, problem, '/jwks'));
  const locate = (): Promise<URL> => Promise.resolve(server);
  return new RemoteJwks({ name: shownUrl(server), locate }, checkRemoteJwksOptions(options, builder));
}

/**
 * The same, for an issuer that says itself where its keys are (OpenID Connect Discovery): at
 * `<issuer>/.well-known/openid-configuration`, which is asked before every fetch and has to name this issuer exactly.
 *
 * @param issuer As it stands in `iss` of the tokens, an `https:` address; outside of production also `http:` of this machine.
 * @throws {PolicyConfigurationError} when the issuer or an option is wrong; while the app starts, when `jose` is missing.
 * @see OpenID Connect Discovery 1.0, section 4
 * @example keys: discoveredJwks('https://login.example', { algorithms: ['RS256'] })
 */
export function discoveredJwks(issuer: string | undefined, options: RemoteJwksOptions): RemoteJwks {
  const builder = 'keys: discoveredJwks()';
  const refuse = (problem: string): PolicyConfigurationError => badAddress(builder, problem, '');
  if (typeof issuer !== 'string') throw refuse('is not the text of a URL');
  if (/[?#]/.test(issuer)) throw refuse('has a query or a fragment');
  keyServerUrl(issuer, refuse);
  const locate = (signal: AbortSignal): Promise<URL> => discoverKeyServer(issuer, signal);
  return new RemoteJwks({ issuer, name: issuer, locate }, checkRemoteJwksOptions(options, builder));
}

function badAddress(builder: string, problem: string, path: string): PolicyConfigurationError {
  return new PolicyConfigurationError(
    builder,
    `got an address that ${problem}`,
    `give for example 'https://login.example${path}'`,
  );
}
