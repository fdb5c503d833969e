import type { Identity } from '../identify/identity.js';
import type { RequestLike } from '../extract/carrier.js';

interface PlatformRequest extends Partial<RequestLike> {
  readonly raw?: RequestLike;
  user?: unknown;
}

// Kept beside the request rather than on it: `request.user` belongs to whoever writes it last.
const identities = new WeakMap<RequestLike, Identity>();

/** Node's own request: Express hands it on as it is, Fastify wraps it. */
export function nodeRequest(request: unknown): RequestLike {
  const platform = request as PlatformRequest;
  if (Array.isArray(platform?.rawHeaders)) return platform as RequestLike;
  if (Array.isArray(platform?.raw?.rawHeaders)) return platform.raw;
  throw new TypeError('not a request of an HTTP platform');
}

/** Makes the identity visible to handlers: as `@CurrentIdentity()` and as `request.user`. */
export function attachIdentity(request: unknown, identity: Identity): void {
  identities.set(nodeRequest(request), identity);
  (request as PlatformRequest).user = identity;
}

export function identityOf(request: unknown): Identity | null {
  return identities.get(nodeRequest(request)) ?? null;
}
