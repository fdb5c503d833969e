import type { IncomingMessage, ServerResponse } from 'node:http';
import { BadRequestException } from '@nestjs/common';

type Next = (error?: unknown) => void;

/** Express takes a path as it is written; this makes `//basket` and `/%62asket` what Fastify's router sees in them. */
export function plainPath(request: IncomingMessage, _response: ServerResponse, next: Next): void {
  const [path = '/', ...query] = (request.url ?? '/').split('?');
  if (!isWellFormed(path)) return next(malformedPath());
  const plain = path.replace(/\/{2,}/g, '/').replace(/%[2-7][0-9a-f]/gi, decodeUnreserved);
  request.url = [plain, ...query].join('?');
  next();
}

export function malformedPath(): BadRequestException {
  return new BadRequestException('The path is not well-formed');
}

function isWellFormed(path: string): boolean {
  try {
    return decodeURIComponent(path) !== '';
  } catch (error) {
    if (error instanceof URIError) return false;
    throw error;
  }
}

/** Letters, digits and `-._~` mean the same escaped or not (RFC 3986, 2.3). */
function decodeUnreserved(escape: string): string {
  const character = decodeURIComponent(escape);
  return /[\w.~-]/.test(character) ? character : escape;
}
