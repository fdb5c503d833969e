import { HttpException } from '@nestjs/common';
import type { Refused } from '../decide/decision.js';
import type { Rejection } from './rejection.js';

/** A refusal on its way out. Exception filters can read the decision that it carries. */
export class PolicyException extends HttpException {
  readonly decision: Refused;
  /** The value of `WWW-Authenticate`, where the status calls for one. */
  readonly challenge?: string;

  constructor(decision: Refused, { body, status, challenge }: Rejection) {
    super(body, status);
    this.decision = decision;
    this.challenge = challenge;
    // A filter that sends the exception as JSON would send the exact reason with it.
    Object.defineProperty(this, 'decision', { enumerable: false });
  }
}
