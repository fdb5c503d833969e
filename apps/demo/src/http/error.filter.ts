import { STATUS_CODES } from 'node:http';
import { type ArgumentsHost, Catch, HttpException, HttpStatus, Logger, NotFoundException } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { explainDatabaseError } from '../database/database-error.js';
import { codeOf } from '../database/database.js';
import { TooManyRequests } from '../login/too-many-requests.js';

/** Every refusal looks like Nest's own, whoever made it, and quotes nothing of the request. */
@Catch()
export class ErrorFilter extends BaseExceptionFilter {
  private readonly log = new Logger(ErrorFilter.name);

  override catch(error: unknown, host: ArgumentsHost): void {
    const answer = toHttpException(error);
    if (answer.getStatus() >= 500) this.log.error(`${answer.message} (${codeOf(error)})`, stackOf(error));
    if (answer instanceof TooManyRequests) {
      this.httpAdapterHost?.httpAdapter.setHeader(
        host.switchToHttp().getResponse(),
        'Retry-After',
        String(answer.retryAfterSeconds),
      );
    }
    super.catch(answer, host);
  }
}

function toHttpException(error: unknown): HttpException {
  // The router's own 404 repeats the path and query.
  if (error instanceof NotFoundException && error.message.startsWith('Cannot ')) return plain(HttpStatus.NOT_FOUND);
  if (error instanceof HttpException) return error;
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
