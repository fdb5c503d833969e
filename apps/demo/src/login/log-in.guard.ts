import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  InjectThrottlerOptions,
  InjectThrottlerStorage,
  ThrottlerGuard,
  type ThrottlerModuleOptions,
  type ThrottlerRequest,
} from '@nestjs/throttler';
import { Attempt, Attempts } from './attempt.js';
import { FailureStorage } from './failure-storage.js';
import { logInSchema } from './login.schema.js';
import { Places } from './places.js';
import { TooManyRequests } from './too-many-requests.js';

/**
 * Takes a point of every limit from a try before it is known whether it fails, so that no parallel guess slips by. It takes
 * them when a hash is about to be made, so that log-ins that only wait never run each other out.
 */
@Injectable()
export class LogInGuard extends ThrottlerGuard {
  constructor(
    @InjectThrottlerOptions() options: ThrottlerModuleOptions,
    @InjectThrottlerStorage() private readonly failures: FailureStorage,
    reflector: Reflector,
    private readonly places: Places,
    private readonly attempts: Attempts,
  ) {
    super(options, failures, reflector);
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const { req } = this.getRequestResponse(context);
    // The pipe will say what is wrong with it.
    if (!logInSchema.safeParse(req.body).success) return true;
    const attempt = new Attempt(await this.places.take());
    this.attempts.set(req, attempt);
    try {
      return await super.canActivate(context);
    } catch (error) {
      await attempt.giveBack().finally(() => attempt.end());
      throw error;
    }
  }

  protected override async handleRequest(request: ThrottlerRequest): Promise<boolean> {
    const { context, ttl, limit, throttler, getTracker, generateKey } = request;
    const { req } = this.getRequestResponse(context);
    const key = generateKey(context, await getTracker(req, context), throttler.name ?? 'default');
    const { isBlocked, timeToBlockExpire, giveBack } = await this.failures.increment(key, ttl, limit);
    if (isBlocked) throw new TooManyRequests(Math.max(1, Math.ceil(timeToBlockExpire)));
    this.attempts.get(req)?.took(giveBack);
    return true;
  }
}
