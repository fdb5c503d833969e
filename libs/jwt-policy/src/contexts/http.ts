import type { RequestLike } from '../extract/carrier.js';
import type { Identity } from '../identify/identity.js';

/** What the module of an app knows of a request that came in, for whoever asks about it later: Passport, a handler. */
export interface Exchange {
  /** Who asks, as fresh as the route wants it. */
  authenticate(): Identity | null | Promise<Identity | null>;
  /** Puts `WWW-Authenticate` on the response. */
  challenge(value: string): void;
}

interface PlatformRequest extends Partial<RequestLike> {
  readonly raw?: RequestLike;
  user?: unknown;
}

// Kept beside the request rather than on it: what lies on a request belongs to whoever writes it last.
const exchanges = new WeakMap<RequestLike, Exchange>();
const identities = new WeakMap<RequestLike, Identity>();

/** Node's own request: Express hands it on as it is, Fastify wraps it. */
export function nodeRequest(request: unknown): RequestLike {
  const platform = request as PlatformRequest;
  if (Array.isArray(platform?.rawHeaders)) return platform as RequestLike;
  if (Array.isArray(platform?.raw?.rawHeaders)) return platform.raw;
  throw new TypeError('not a request of an HTTP platform');
}

export function openExchange(request: unknown, exchange: Exchange): void {
  exchanges.set(nodeRequest(request), exchange);
}

export function exchangeOf(request: unknown): Exchange | undefined {
  return exchanges.get(nodeRequest(request));
}

/** Makes the identity visible to handlers: as `@CurrentIdentity()` and as `request.user`. */
export function attachIdentity(request: unknown, identity: Identity): void {
  identities.set(nodeRequest(request), identity);
  (request as PlatformRequest).user = identity;
}

export function identityOf(request: unknown): Identity | null {
  return identities.get(nodeRequest(request)) ?? null;
}
