// Where Node's response has the reply that wraps it.
const REPLY = Symbol('reply');

type HeaderValue = number | string | readonly string[] | undefined;

interface NodeResponse {
  [REPLY]?: FastifyReply;
  readonly headersSent: boolean;
  getHeader(name: string): HeaderValue;
  setHeader(name: string, value: string | readonly string[]): void;
}

interface FastifyReply {
  readonly sent: boolean;
  readonly raw: NodeResponse;
  getHeader(name: string): HeaderValue;
  removeHeader(name: string): void;
  header(name: string, value: string | readonly string[]): void;
}

/** The headers of a response before it leaves, on every platform. */
export interface ResponseHeaders {
  readonly sent: boolean;
  /** Every line of a header, in order. */
  lines(name: string): readonly string[];
  /** In the place of what was there. */
  replace(name: string, value: string | readonly string[]): void;
}

/**
 * Lets cookies that are set on the `raw` of a reply go with it: Fastify forgets those when the reply has some of its own.
 */
export function rememberReply(response: unknown): void {
  if (isFastifyReply(response)) response.raw[REPLY] = response;
}

/** @throws {TypeError} when it is no response of an HTTP platform. */
export function headersOf(given: unknown): ResponseHeaders {
  const response = isNodeResponse(given) ? (given[REPLY] ?? given) : given;
  if (isNodeResponse(response)) {
    return {
      sent: response.headersSent,
      lines: (name) => listOf(response.getHeader(name)),
      replace: (name, value) => response.setHeader(name, value),
    };
  }
  if (isFastifyReply(response)) {
    return {
      sent: response.sent || response.raw.headersSent,
      lines: (name) => listOf(response.getHeader(name)),
      replace: (name, value) => {
        // `header()` would add to the lines of Set-Cookie that are there.
        response.removeHeader(name);
        response.header(name, value);
      },
    };
  }
  throw new TypeError('not a response of an HTTP platform; take it by @Res({ passthrough: true })');
}

function isNodeResponse(response: unknown): response is NodeResponse {
  return typeof (response as Partial<NodeResponse> | null | undefined)?.setHeader === 'function';
}

function isFastifyReply(response: unknown): response is FastifyReply {
  const { header, removeHeader, raw } = (response ?? {}) as Partial<FastifyReply>;
  return typeof header === 'function' && typeof removeHeader === 'function' && isNodeResponse(raw);
}

function listOf(value: HeaderValue): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'object' ? value : [String(value)];
}
