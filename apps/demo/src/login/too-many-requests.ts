import { HttpException, HttpStatus } from '@nestjs/common';

/** Answered as 429 with `Retry-After`. */
export class TooManyRequests extends HttpException {
  constructor(readonly retryAfterSeconds: number) {
    super(
      HttpException.createBody('Too many log-ins, try again later', 'Too Many Requests', HttpStatus.TOO_MANY_REQUESTS),
      HttpStatus.TOO_MANY_REQUESTS,
    );
  }
}
