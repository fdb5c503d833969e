import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { BaseExceptionFilter, type HttpAdapterHost } from '@nestjs/core';
import { AmbiguousToken, InvalidToken, PolicyUnavailable } from '../errors.js';
import type { Responder } from './responder.service.js';

/** Answers what `TokenService` throws in a handler as the guard would: a refresh token that is no good is 401, not 500. */
@Catch(InvalidToken, AmbiguousToken, PolicyUnavailable)
export class PolicyErrorFilter implements ExceptionFilter<Error> {
  constructor(
    private readonly responder: Responder,
    private readonly adapters: HttpAdapterHost,
  ) {}

  catch(error: Error, host: ArgumentsHost): void {
    const exception = this.responder.rejection(error, { route: 'handler' });
    if (host.getType() !== 'http') throw exception;
    const { httpAdapter } = this.adapters;
    if (exception.challenge) {
      httpAdapter.setHeader(host.switchToHttp().getResponse(), 'WWW-Authenticate', exception.challenge);
    }
    // oxlint-disable-next-line promise/no-promise-in-callback -- it is no promise: filters are called like this
    new BaseExceptionFilter(httpAdapter).catch(exception, host);
  }
}
