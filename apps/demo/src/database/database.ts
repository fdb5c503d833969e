import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import type { PostgresClient } from 'nestjs-jwt-policy/postgres';
import { codeOf } from '../error-code.js';

/** What the embedded and the served PostgreSQL have in common. */
export type Database = PgDatabase<PgQueryResultHKT>;

export const DATABASE = Symbol('DATABASE');
/** The same as it is without drizzle. */
export const DATABASE_CLIENT = Symbol('DATABASE_CLIENT');

export interface Connection {
  readonly db: Database;
  readonly client: PostgresClient;
  close(): Promise<void>;
}

/** Its message names what to mend and holds nothing of DATABASE_URL but host and port. */
export class DatabaseUnreachable extends Error {
  constructor(host: string, cause: unknown) {
    super(
      `The database at ${host} cannot be used (${codeOf(cause)}). ` +
        'Start it, correct DATABASE_URL, or unset DATABASE_URL to use the embedded database.',
    );
    this.name = 'DatabaseUnreachable';
  }
}
