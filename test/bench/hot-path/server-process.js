import { answerParent } from '../parent.js';
import { ServerDatabase } from '../freshness/counting-databases.js';
import { People } from '../freshness/people.js';
import { listen } from './contenders/contenders.js';

let database;

answerParent({
  /** @param people Where those are who come, if the library is to look them up, and how fresh they have to be. */
  open: ({ people, ...settings }) => listen({ ...settings, identify: people && lookedUp(people) }),
  /** What this process has used so far: microseconds of CPU, and queries. */
  usage: () => {
    const { user, system } = process.cpuUsage();
    return { cpu: user + system, queries: database?.queries ?? 0 };
  },
});

function lookedUp({ address, table, freshness }) {
  database = new ServerDatabase(address);
  const people = new People(database, table);
  const load = async (subject) => {
    const permissions = await people.permissionsOf(subject);
    return permissions && { permissions };
  };
  return { load, freshness };
}
