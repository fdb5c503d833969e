import type { RefusalCode } from 'nestjs-jwt-policy';
import { AUDIENCE } from './tokens.js';

const REALM = `Bearer realm="${AUDIENCE}"`;
const INVALID = `${REALM}, error="invalid_token"`;

const REFUSALS: Readonly<Record<RefusalCode, readonly [status: number, error: string, challenge: string | null]>> = {
  ERR_TOKEN_MISSING: [401, 'Unauthorized', REALM],
  ERR_TOKEN_EXPIRED: [401, 'Unauthorized', INVALID],
  ERR_TOKEN_INVALID: [401, 'Unauthorized', INVALID],
  ERR_TOKEN_REVOKED: [401, 'Unauthorized', INVALID],
  ERR_SUBJECT_UNKNOWN: [401, 'Unauthorized', INVALID],
  ERR_PERMISSION_MISSING: [403, 'Forbidden', `${REALM}, error="insufficient_scope"`],
  ERR_ROUTE_UNDECLARED: [403, 'Forbidden', null],
  ERR_TOKEN_AMBIGUOUS: [400, 'Bad Request', `${REALM}, error="invalid_request"`],
  ERR_CROSS_SITE: [403, 'Forbidden', null],
  ERR_POLICY_UNAVAILABLE: [503, 'Service Unavailable', null],
};

/** All that a client may learn from a refusal, and that no handler ran. Compare with `toMatchObject`. */
export function refusal(code: RefusalCode, scope?: string): object {
  const [status, error, challenge] = REFUSALS[code];
  return {
    status,
    body: { statusCode: status, message: expect.any(String), error, code },
    challenge: scope === undefined ? challenge : `${challenge}, scope="${scope}"`,
    handled: 0,
  };
}
