import { randomBytes } from 'node:crypto';
import { ServerDatabase } from '../freshness/counting-databases.js';
import { People } from '../freshness/people.js';
import { findPostgres } from '../postgres-server.js';
import { leftOut } from '../report.js';

/** The first of the people may `view`, the second may not. `null` where there is no server to keep them. */
export async function withPeople(use) {
  const address = await findPostgres();
  if (address === null) {
    leftOut('`maxStale` and `live`, as there is no PostgreSQL');
    return use(null);
  }
  const table = `bench_people_${randomBytes(6).toString('hex')}`;
  const database = new ServerDatabase(address);
  const people = new People(database, table);
  try {
    await people.create(2);
    await people.setPermissions('person-2', ['edit']);
    return await use({ address, table });
  } finally {
    await people.drop();
    await database.close();
  }
}
