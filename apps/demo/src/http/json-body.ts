import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  BadRequestException,
  HttpException,
  PayloadTooLargeException,
  UnsupportedMediaTypeException,
} from '@nestjs/common';

type Next = (error?: unknown) => void;
type RequestWithBody = IncomingMessage & { body?: unknown };

const HANG_UP_AFTER_MS = 1_000;

/**
 * Reads a JSON body for both platforms alike. Their own parsers differ in what they take for JSON,
 * quote the body in their messages, and read on for as long as a client sends.
 */
export function jsonBody(maxBytes: number) {
  return async (request: RequestWithBody, response: ServerResponse, next: Next): Promise<void> => {
    try {
      if (hasBody(request)) request.body = await readJson(request, maxBytes);
    } catch (error) {
      if (error instanceof PayloadTooLargeException) return refuseUnread(response, error);
      return next(error instanceof HttpException ? error : new BadRequestException('The body ended early'));
    }
    next();
  };
}

async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const bytes = await readAll(request, maxBytes);
  if (!saysJson(request)) throw new UnsupportedMediaTypeException('The body must be application/json in UTF-8');
  return parse(bytes);
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function saysJson({ headers }: IncomingMessage): boolean {
  const type = /^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/i.test(headers['content-type'] ?? '');
  return type && (headers['content-encoding'] ?? 'identity').toLowerCase() === 'identity';
}

async function readAll(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const tooLarge = new PayloadTooLargeException(`The body must be at most ${maxBytes} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunksOf(request)) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Unlike the request itself, this may be left early without cutting the connection that the answer needs. */
function chunksOf(request: IncomingMessage): AsyncIterable<Buffer> {
  return request.iterator({ destroyOnReturn: false });
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes), refuseProto);
  } catch (cause) {
    throw new BadRequestException('The body is not valid JSON', { cause });
  }
}

function refuseProto(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new SyntaxError('__proto__');
  return value;
}

/** The answer is whole at once, but the end comes later: a client that is still sending would miss it, and reading on costs more. */
function refuseUnread(response: ServerResponse, error: HttpException): void {
  const body = JSON.stringify(error.getResponse());
  response.writeHead(error.getStatus(), {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  });
  response.write(body);
  setTimeout(() => response.end(), HANG_UP_AFTER_MS).unref();
}
