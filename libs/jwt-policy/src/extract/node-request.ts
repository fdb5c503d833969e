import type { RequestLike } from './carrier.js';

interface PlatformRequest extends Partial<RequestLike> {
  readonly raw?: RequestLike;
}

/** Node's own request: Express hands it on as it is, Fastify wraps it. */
export function nodeRequest(request: unknown): RequestLike {
  const platform = request as PlatformRequest;
  if (Array.isArray(platform?.rawHeaders)) return platform as RequestLike;
  if (Array.isArray(platform?.raw?.rawHeaders)) return platform.raw;
  throw new TypeError('not a request of an HTTP platform');
}
