/** Something in a policy that could be better. */
export interface Finding {
  /** Stable: to be told apart by programs. */
  readonly code: FindingCode;
  /** `'weak'` should not go into production; `'advice'` depends on what the app is for. */
  readonly grade: 'weak' | 'advice';
  /** The option that it is about. */
  readonly option: string;
  readonly problem: string;
  readonly fix: string;
}

type FindingCode =
  | 'WEAK_SECRET'
  | 'SHARED_HMAC'
  | 'NO_ROTATION'
  | 'LONG_LIFETIME'
  | 'LONG_STALENESS'
  | 'NO_MAX_LIFETIME'
  | 'LONG_LEEWAY'
  | 'OTHER_TOKEN_TYPE'
  | 'MEMORY_REVOCATIONS'
  | 'OPEN_BY_DEFAULT'
  | 'UNDECLARED_ROUTES'
  | 'MANUAL_GUARD';
