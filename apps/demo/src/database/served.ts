import { Logger } from '@nestjs/common';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { Client, Pool } from 'pg';
import { codeOf } from '../error-code.js';
import { type Connection, DatabaseUnreachable } from './database.js';
import { seed } from './example-people.js';
import { migrationsFolder } from './migrations-folder.js';

const SET_UP_LOCK = 7_519_001;
const logger = new Logger('Database');

export async function openServed(url: string, examplePeople: boolean): Promise<Connection> {
  try {
    await setUp(url, examplePeople);
  } catch (error) {
    throw new DatabaseUnreachable(new URL(url).host, error);
  }
  const client = new Pool({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 5_000 });
  client.on('error', logLostConnection);
  return { db: drizzle({ client }), client, close: () => client.end() };
}

/** Several instances may start at once: the lock, which ends with the connection, lets one at a time do this. */
async function setUp(url: string, examplePeople: boolean): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000, lock_timeout: 30_000 });
  client.on('error', logLostConnection);
  try {
    await client.connect();
    await client.query('select pg_advisory_lock($1)', [SET_UP_LOCK]);
    const db = drizzle({ client });
    await migrate(db, { migrationsFolder });
    if (examplePeople) await seed(db);
  } finally {
    await client.end();
  }
}

function logLostConnection(error: Error): void {
  logger.warn(`a connection was lost (${codeOf(error)})`);
}
