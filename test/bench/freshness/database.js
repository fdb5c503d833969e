import { randomBytes } from 'node:crypto';
import { findPostgres } from '../postgres-server.js';
import { leftOut } from '../report.js';
import { ServerDatabase } from './counting-databases.js';
import { People } from './people.js';

/** Where the people are: in a table on a server for a while, or embedded in each shop if there is no server. */
export async function withDatabase(count, use) {
  const address = await findPostgres();
  const table = `bench_people_${randomBytes(6).toString('hex')}`;
  if (address === null) {
    leftOut('a PostgreSQL server, as there is none: it is embedded in the shop, and on the CPU time of the shop');
    return use({ address, table, count });
  }
  const database = new ServerDatabase(address);
  const people = new People(database, table);
  try {
    await people.create(count);
    return await use({ address, table, count });
  } finally {
    await people.drop();
    await database.close();
  }
}
