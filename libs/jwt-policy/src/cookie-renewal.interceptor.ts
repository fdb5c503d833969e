import { type CallHandler, type ExecutionContext, Logger, type NestInterceptor } from '@nestjs/common';
import { concat, defer, ignoreElements, type Observable } from 'rxjs';
import { exchangeOf } from './contexts/http.js';
import { isDue, type RenewalRules } from './cookies/renewal.js';
import type { SessionCookies } from './cookies/session-cookies.js';
import { InvalidToken } from './errors.js';
import type { Revocations } from './identify/revocations.js';
import type { TokenService } from './token.service.js';
import type { VerifiedToken } from './verify/verified-token.js';

/** Gives a session whose access cookie is of an age a new one, with the answer of a handler that succeeded. */
export class CookieRenewalInterceptor implements NestInterceptor {
  private readonly logger = new Logger('JwtPolicy');
  private hasWarned = false;

  constructor(
    private readonly cookies: SessionCookies,
    private readonly rules: RenewalRules,
    private readonly tokens: TokenService,
    private readonly revocations: Revocations,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const token = this.dueTokenOf(context);
    if (!token) return next.handle();
    const response: unknown = context.switchToHttp().getResponse();
    return concat(next.handle(), defer(() => this.renew(token, response)).pipe(ignoreElements()));
  }

  private dueTokenOf(context: ExecutionContext): VerifiedToken | undefined {
    if (context.getType() !== 'http') return undefined;
    const request: unknown = context.switchToHttp().getRequest();
    const token = exchangeOf(request)?.identity?.token;
    return token && isDue(token, this.rules) && this.cookies.broughtAccess(request) ? token : undefined;
  }

  private async renew(token: VerifiedToken, response: unknown): Promise<void> {
    try {
      // The handler has logged out or in, or has sent the answer itself.
      if (!this.cookies.canStillSetAccess(response)) return;
      const renewed = await this.tokens.renew(token);
      if (!renewed) return;
      if (!this.cookies.keepAccess(renewed.token)) {
        this.warnOfLength();
        return;
      }
      // Last of all: what was taken back meanwhile must not come back as another token.
      await this.revocations.check(token);
      if (this.cookies.canStillSetAccess(response)) this.cookies.set(response, renewed);
    } catch (error) {
      // The handler has done its work, and the old cookie is still good: its answer must not be lost.
      if (!(error instanceof InvalidToken)) this.report(error);
    }
  }

  /** Once: as long as it is not mended, it is so with every request. */
  private warnOfLength(): void {
    if (this.hasWarned) return;
    this.hasWarned = true;
    this.logger.warn(
      'An access cookie is not renewed: browsers drop one with so long a token. Put less into it, or load permissions instead',
    );
  }

  private report(error: unknown): void {
    const origin = error instanceof Error ? (error.cause ?? error) : error;
    try {
      this.logger.error('An access cookie could not be renewed', origin instanceof Error ? origin.stack : undefined);
    } catch {
      // Nor must it be lost because of a log that cannot be written.
    }
  }
}
