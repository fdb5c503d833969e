import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { exchangeOf } from './contexts/http.js';

/**
 * The {@link Identity} that the guard let in. `null` on a public route, where no token is looked at.
 *
 * @example show(\@CurrentIdentity() me: Identity) { ... }
 */
export const CurrentIdentity = createParamDecorator(
  (_: unknown, context: ExecutionContext) => exchangeOf(context.switchToHttp().getRequest())?.identity ?? null,
);
