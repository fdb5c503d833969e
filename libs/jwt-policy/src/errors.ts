/** What can be wrong with a token, as `InvalidToken.code`. */
export type InvalidTokenCode = 'ERR_TOKEN_INVALID' | 'ERR_TOKEN_EXPIRED' | 'ERR_TOKEN_REVOKED' | 'ERR_SUBJECT_UNKNOWN';

/** Every reason for which a request is refused: the `code` in the body of the answer. */
export type RefusalCode =
  | InvalidTokenCode
  | 'ERR_TOKEN_MISSING'
  | 'ERR_TOKEN_AMBIGUOUS'
  | 'ERR_CROSS_SITE'
  | 'ERR_PERMISSION_MISSING'
  | 'ERR_ROUTE_UNDECLARED'
  | 'ERR_POLICY_UNAVAILABLE';

/**
 * The token opens nothing. One class and one message for every cause, so that nobody learns from it how far a forged
 * token came; `code` separates what a client can act on.
 */
export class InvalidToken extends Error {
  override readonly name = 'InvalidToken';

  constructor(
    readonly code: InvalidTokenCode,
    /** The exact cause, for events and debug logs. Never holds a part of the token. Not for clients. */
    readonly reason: string,
  ) {
    super('The token is not valid');
    // What an error carries on itself is what a careless `JSON.stringify` sends to the client.
    Object.defineProperty(this, 'reason', { enumerable: false });
  }
}

/** More than one token came with the request, so it is not clear who is asking (RFC 6750, section 2). */
export class AmbiguousToken extends Error {
  override readonly name = 'AmbiguousToken';
  readonly code = 'ERR_TOKEN_AMBIGUOUS';
  readonly reason = 'more than one token in the request';

  constructor() {
    super('The request carries more than one token');
  }
}

/** A part that the decision depends on did not answer: nothing is known against the caller, and nothing is allowed. */
export class PolicyUnavailable extends Error {
  override readonly name = 'PolicyUnavailable';
  readonly code = 'ERR_POLICY_UNAVAILABLE';

  constructor(
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super('The security policy cannot decide now', options);
  }
}

/** A mistake in the options, the keys or a declaration. Thrown while the app starts; says what is wrong and how to mend it. */
export class PolicyConfigurationError extends Error {
  override readonly name = 'PolicyConfigurationError';
  readonly code = 'ERR_POLICY_CONFIGURATION';

  constructor(
    /** The option or declaration at fault, for example `verify.leeway`. */
    readonly option: string,
    problem: string,
    fix: string,
  ) {
    super(`${option} ${problem}: ${fix}.`);
  }
}

/**
 * Makes an error that is thrown for every request that is refused. Its code and its reason say it all; a stack would say
 * where in this library, and cost as much as the whole decision.
 */
export function withoutStack<E extends Error>(make: () => E): E {
  const { stackTraceLimit } = Error;
  // Not by assignment, which throws where somebody has frozen it.
  Reflect.set(Error, 'stackTraceLimit', 0);
  try {
    return make();
  } finally {
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit);
  }
}
