import { Controller, Get, Headers, Res, VERSION_NEUTRAL } from '@nestjs/common';
import { PublishedKeys } from './keys/published-keys.js';
import { Public } from './require-permission.decorator.js';

/** What Express and Fastify have in common. */
interface PlatformResponse {
  status(code: number): PlatformResponse;
  header(name: string, value: string): unknown;
  send(body?: string): unknown;
}

const NOT_MODIFIED = 304;

/** `GET /.well-known/jwks.json` (RFC 7517, section 5, and RFC 8615). */
@Controller({ path: '.well-known/jwks.json', version: VERSION_NEUTRAL })
export class JwksController {
  /** @internal */
  constructor(private readonly keys: PublishedKeys) {}

  // Sent by hand: an interceptor of the app that wraps every answer would make something else of it.
  @Get()
  @Public()
  show(@Headers('if-none-match') known: string | undefined, @Res() response: PlatformResponse): void {
    const { body, etag, maxAge } = this.keys.document();
    response.header('ETag', etag);
    response.header('Cache-Control', `public, max-age=${maxAge}`);
    if (isKnown(etag, known)) {
      response.status(NOT_MODIFIED).send();
      return;
    }
    response.header('Content-Type', 'application/jwk-set+json');
    response.send(body);
  }
}

/** RFC 9110, section 13.1.2: any of several, compared without regard to weakness. */
function isKnown(etag: string, known = ''): boolean {
  return known.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag);
}
