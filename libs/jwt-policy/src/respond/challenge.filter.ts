import { type ArgumentsHost, Catch } from '@nestjs/common';
import { BaseExceptionFilter, HttpAdapterHost } from '@nestjs/core';
import { PolicyException } from './policy.exception.js';

/** Puts the challenge on the refusals of `AuthGuard('jwt')`: a Passport strategy does not see the response. */
@Catch(PolicyException)
export class ChallengeFilter extends BaseExceptionFilter<PolicyException> {
  constructor(private readonly host: HttpAdapterHost) {
    super();
  }

  override catch(exception: PolicyException, host: ArgumentsHost): void {
    if (host.getType<string>() !== 'http') throw exception;
    const { httpAdapter } = this.host;
    if (exception.challenge) {
      httpAdapter.setHeader(host.switchToHttp().getResponse(), 'WWW-Authenticate', exception.challenge);
    }
    httpAdapter.reply(host.switchToHttp().getResponse(), exception.getResponse(), exception.getStatus());
  }
}
