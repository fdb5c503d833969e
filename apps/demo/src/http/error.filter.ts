import { STATUS_CODES } from 'node:http';
import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  HttpStatus,
  Logger,
  NotFoundException,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { explainDatabaseError } from '../database/database-error.js';
import { codeOf } from '../error-code.js';
import { TooManyRequests } from '../login/too-many-requests.js';

/** Every refusal looks like Nest's own, whoever made it, and quotes nothing of the request. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(ErrorFilter.name);

  constructor(private readonly host: HttpAdapterHost) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const { httpAdapter } = this.host;
    const response: unknown = host.switchToHttp().getResponse();
    const answer = toHttpException(error);
    if (answer.getStatus() >= 500) this.logger.error(`${answer.message} (${codeOf(error)})`, stackOf(error));
    if (answer instanceof TooManyRequests) {
      httpAdapter.setHeader(response, 'Retry-After', String(answer.retryAfterSeconds));
    }
    if (httpAdapter.isHeadersSent(response)) httpAdapter.end(response);
    else httpAdapter.reply(response, answer.getResponse(), answer.getStatus());
  }
}

function toHttpException(error: unknown): HttpException {
  // The router's own 404 repeats the path and query.
  if (error instanceof NotFoundException && error.message.startsWith('Cannot ')) return plain(HttpStatus.NOT_FOUND);
  if (error instanceof HttpException) return typeof error.getResponse() === 'string' ? plain(error.getStatus()) : error;
  return explainDatabaseError(error) ?? plain(clientErrorOf(error) ?? HttpStatus.INTERNAL_SERVER_ERROR);
}

/** Express and Fastify mark what the client did wrong by a status on the error. */
function clientErrorOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return undefined;
  return error.statusCode >= 400 && error.statusCode < 500 ? error.statusCode : undefined;
}

function plain(status: number): HttpException {
  const name = STATUS_CODES[status] ?? 'Error';
  return new HttpException(HttpException.createBody(name, name, status), status);
}

/** Where it happened: the message of a failed query would show its parameters. */
function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack?.slice(error.stack.indexOf('\n    at ')) : undefined;
}
