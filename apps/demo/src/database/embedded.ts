import { PGlite } from '@electric-sql/pglite';
import { drizzle } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';
import { type Connection } from './database.js';
import { seed } from './example-people.js';
import { migrationsFolder } from './migrations-folder.js';

export async function openEmbedded(examplePeople: boolean): Promise<Connection> {
  const client = await PGlite.create();
  const db = drizzle({ client });
  await migrate(db, { migrationsFolder });
  if (examplePeople) await seed(db);
  return { db, client, close: () => client.close() };
}
