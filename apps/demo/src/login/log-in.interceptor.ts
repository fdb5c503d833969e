import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UnauthorizedException,
} from '@nestjs/common';
import { catchError, finalize, mergeMap, type Observable } from 'rxjs';
import { Attempts } from './attempt.js';

/** Gives back what the guard took, unless the log-in fails: what succeeds, or could not be tried, does not count. */
@Injectable()
export class LogInInterceptor implements NestInterceptor {
  constructor(private readonly attempts: Attempts) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const attempt = this.attempts.get(context.switchToHttp().getRequest<object>());
    const giveBack = async () => attempt?.giveBack();
    return next.handle().pipe(
      catchError(async (error) => {
        if (!(error instanceof UnauthorizedException)) await giveBack();
        throw error;
      }),
      mergeMap(async (answer: unknown) => {
        await giveBack();
        return answer;
      }),
      finalize(() => attempt?.end()),
    );
  }
}
