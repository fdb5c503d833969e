import { InvalidToken, type InvalidTokenCode, withoutStack } from '../errors.js';

/** What every refusal of this stage is. */
export function invalidToken(reason: string, code: InvalidTokenCode = 'ERR_TOKEN_INVALID'): InvalidToken {
  return withoutStack(() => new InvalidToken(code, reason));
}
