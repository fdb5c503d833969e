import { Controller, Get, Headers, Res, VERSION_NEUTRAL } from '@nestjs/common';
import { PublishedKeys } from './keys/published-keys.js';
import { Public } from './require-permission.decorator.js';

/** What Express and Fastify have in common. */
interface PlatformResponse {
  status(code: number): unknown;
  header(name: string, value: string): unknown;
}

const NOT_MODIFIED = 304;

/** `GET /.well-known/jwks.json` (RFC 7517, section 5, and RFC 8615). */
@Controller({ path: '.well-known/jwks.json', version: VERSION_NEUTRAL })
export class JwksController {
  /** @internal */
  constructor(private readonly keys: PublishedKeys) {}

  @Get()
  @Public()
  show(
    @Headers('if-none-match') known: string | undefined,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): string | undefined {
    const { body, etag, maxAge } = this.keys.document();
    response.header('ETag', etag);
    response.header('Cache-Control', `public, max-age=${maxAge}`);
    if (isKnown(etag, known)) {
      response.status(NOT_MODIFIED);
      return undefined;
    }
    response.header('Content-Type', 'application/jwk-set+json');
    return body;
  }
}

/** RFC 9110, section 13.1.2: any of several, compared without regard to weakness. */
function isKnown(etag: string, known = ''): boolean {
  return known.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag);
}
