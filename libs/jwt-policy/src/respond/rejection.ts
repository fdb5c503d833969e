import type { Refused } from '../decide/decision.js';
import type { RefusalCode } from '../errors.js';
import { challenge, type BearerError } from './challenge.js';

/** A refusal as it leaves the app. */
export interface Rejection {
  readonly status: number;
  readonly body: {
    readonly statusCode: number;
    readonly message: string;
    readonly error: string;
    readonly code: RefusalCode;
  };
  /** The value of `WWW-Authenticate`, where the status calls for one. */
  readonly challenge?: string;
}

interface Row {
  readonly status: number;
  readonly error: string;
  readonly message: string;
  /** `null`: a challenge without an error (RFC 6750, section 3.1). Absent: no challenge. */
  readonly bearerError?: BearerError | null;
}

const UNAUTHORIZED = { status: 401, error: 'Unauthorized' } as const;
const FORBIDDEN = { status: 403, error: 'Forbidden' } as const;

/** The only place that turns a decision into a status. */
const REJECTIONS: Readonly<Record<RefusalCode, Row>> = {
  ERR_TOKEN_MISSING: { ...UNAUTHORIZED, message: 'A token is required', bearerError: null },
  ERR_TOKEN_EXPIRED: { ...UNAUTHORIZED, message: 'The token has expired', bearerError: 'invalid_token' },
  ERR_TOKEN_INVALID: { ...UNAUTHORIZED, message: 'The token is not valid', bearerError: 'invalid_token' },
  ERR_TOKEN_REVOKED: { ...UNAUTHORIZED, message: 'The token has been revoked', bearerError: 'invalid_token' },
  ERR_SUBJECT_UNKNOWN: {
    ...UNAUTHORIZED,
    message: 'The subject of the token is unknown',
    bearerError: 'invalid_token',
  },
  ERR_PERMISSION_MISSING: {
    ...FORBIDDEN,
    message: 'A required permission is missing',
    bearerError: 'insufficient_scope',
  },
  ERR_ROUTE_UNDECLARED: { ...FORBIDDEN, message: 'The route does not say who may use it' },
  ERR_TOKEN_AMBIGUOUS: {
    status: 400,
    error: 'Bad Request',
    message: 'The request carries more than one token',
    bearerError: 'invalid_request',
  },
  ERR_CROSS_SITE: { ...FORBIDDEN, message: 'The request comes from another site' },
  ERR_POLICY_UNAVAILABLE: {
    status: 503,
    error: 'Service Unavailable',
    message: 'The security policy cannot decide now',
  },
};

export function rejectionFor({ code, missing }: Refused, realm: string): Rejection {
  const { status, error, message, bearerError } = REJECTIONS[code];
  const body = { statusCode: status, message, error, code };
  if (bearerError === undefined) return { status, body };
  const scope = bearerError === 'insufficient_scope' ? missing : [];
  return { status, body, challenge: challenge(realm, bearerError, scope) };
}
