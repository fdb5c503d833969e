export { postgresSessions } from './builder.js';
export type { PostgresSessionsOptions } from './builder.js';
export { postgresSessionsMigration } from './migration.js';
export type { PostgresClient } from './postgres-client.js';
export type { PostgresSessions } from './postgres-sessions.js';
