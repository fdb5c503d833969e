import { type ArgumentsHost, Catch } from '@nestjs/common';
import { BaseExceptionFilter, type HttpAdapterHost } from '@nestjs/core';
import { AmbiguousToken, InvalidToken, PolicyUnavailable } from '../errors.js';
import type { Responder } from './responder.service.js';

/** Answers what `TokenService` throws in a handler as the guard would: a refresh token that is no good is 401, not 500. */
@Catch(InvalidToken, AmbiguousToken, PolicyUnavailable)
export class PolicyErrorFilter extends BaseExceptionFilter<Error> {
  constructor(
    private readonly responder: Responder,
    protected override readonly httpAdapterHost: HttpAdapterHost,
  ) {
    super();
  }

  override catch(error: Error, host: ArgumentsHost): void {
    const exception = this.responder.rejection(error, { asker: 'A handler' });
    if (host.getType() !== 'http') throw exception;
    const { httpAdapter } = this.httpAdapterHost;
    const response: unknown = host.switchToHttp().getResponse();
    if (exception.challenge && !httpAdapter.isHeadersSent(response)) {
      httpAdapter.setHeader(response, 'WWW-Authenticate', exception.challenge);
    }
    // oxlint-disable-next-line promise/valid-params, promise/no-promise-in-callback -- it is no promise: filters are called like this
    super.catch(exception, host);
  }
}
