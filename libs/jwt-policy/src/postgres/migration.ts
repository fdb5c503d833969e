import { tableOf } from './table.js';

/**
 * What `postgresSessions()` needs in the database, as SQL for your migrations; it changes nothing where it has been run
 * before. The package holds it for the usual table as `migrations/postgres-sessions.sql`.
 *
 * @param table As in the options of `postgresSessions()`.
 * @throws {PolicyConfigurationError} when that is no name for a table.
 */
export function postgresSessionsMigration(table?: string): string {
  const name = tableOf('postgresSessionsMigration()', table);
  return `-- The sessions of nestjs-jwt-policy. Times are milliseconds since 1970, subjects are JSON.
create table if not exists "${name}" (
  id text collate "C" primary key,
  subject text collate "C" not null,
  data text not null,
  family text not null,
  current_token text not null,
  predecessors jsonb not null default '[]',
  outcome text not null default 'opened',
  opened_at bigint not null,
  used_at bigint not null,
  idle_ends_at bigint not null,
  ends_at bigint not null
);
create index if not exists ${name}_subject on "${name}" (subject);
create index if not exists ${name}_idle_ends_at on "${name}" (idle_ends_at);
`;
}
