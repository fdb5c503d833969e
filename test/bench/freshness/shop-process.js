import { answerParent } from '../parent.js';
import { openShop } from '../shop.js';
import { EmbeddedDatabase, ServerDatabase } from './counting-databases.js';
import { People } from './people.js';

let database;
let people;

answerParent({
  /** A shop whose people are in a database. */
  open: async ({ platform, secret, freshness, address, table, count }) => {
    database = address === null ? await EmbeddedDatabase.open() : new ServerDatabase(address);
    people = new People(database, table);
    if (address === null) await people.create(count);
    const load = async (subject) => {
      const permissions = await people.permissionsOf(subject);
      return permissions && { permissions };
    };
    return openShop({ platform, secret, identify: { load, freshness } });
  },
  /** The library does not hear of it. */
  setPermissions: (id, permissions) => people.setPermissions(id, permissions),
  databaseVersion: async () => {
    const { rows } = await database.query('show server_version');
    return rows[0].server_version.split(' ', 1)[0];
  },
  /** What this process has used so far: microseconds of CPU, and queries. */
  usage: () => {
    const { user, system } = process.cpuUsage();
    return { cpu: user + system, queries: database.queries };
  },
});
