import { PolicyConfigurationError } from '../errors.js';
import { refuseUnknownTo } from '../option-checks.js';
import type { PostgresClient } from './postgres-client.js';
import { PostgresSessions } from './postgres-sessions.js';
import { tableOf } from './table.js';

export interface PostgresSessionsOptions {
  /**
   * The table that `postgresSessionsMigration()` has made: up to 48 lower-case letters, digits and underscores.
   * @defaultValue `'jwt_policy_sessions'`
   */
  table?: string;
}

const BUILDER = 'postgresSessions()';

/**
 * Keeps sessions in PostgreSQL, for all instances. The table is made by your migrations, from
 * `migrations/postgres-sessions.sql` of this package or `postgresSessionsMigration()`.
 *
 * @param db A `Pool` of `pg`, a `PGlite` of `@electric-sql/pglite`, or anything else with such a `query()`. At the isolation
 * level that PostgreSQL has by itself, READ COMMITTED.
 * @throws {PolicyConfigurationError} when there is no `query()`, or an option is wrong.
 * @example postgresSessions(new Pool({ connectionString: process.env.DATABASE_URL }))
 */
export function postgresSessions(db: PostgresClient, options: PostgresSessionsOptions = {}): PostgresSessions {
  if (typeof (db as Partial<PostgresClient> | null | undefined)?.query !== 'function') {
    throw new PolicyConfigurationError(BUILDER, 'got nothing with a query()', 'give a Pool of pg, or a PGlite');
  }
  refuseUnknownTo(BUILDER, options, ['table']);
  return new PostgresSessions(db, tableOf(BUILDER, options.table));
}
