import { PolicyConfigurationError } from '../errors.js';

/** @throws {PolicyConfigurationError} naming `builder`, when it is nothing that SQL can hold as it is. */
export function tableOf(builder: string, table: unknown = 'jwt_policy_sessions'): string {
  // 63 is the most that PostgreSQL takes, and indexes are named after the table.
  if (typeof table === 'string' && /^[a-z_][a-z0-9_]{0,47}$/.test(table)) return table;
  throw new PolicyConfigurationError(
    `${builder}: table`,
    'is not a name for a table',
    'use up to 48 lower-case letters, digits and underscores, no digit first; another schema goes into the search_path',
  );
}
