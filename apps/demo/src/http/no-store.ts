import type { IncomingMessage, ServerResponse } from 'node:http';

/** Everything this shop says is meant for one person, once. */
export function noStore(_request: IncomingMessage, response: ServerResponse, next: () => void): void {
  response.setHeader('Cache-Control', 'no-store');
  next();
}
