import { Child } from '../child.js';
import { REQUIRED } from './permission-names.js';
import { inRounds } from './rounds.js';

const LEAD_IN = 40;
const ISSUERS = ['ours', 'recipe'];

/**
 * Sends requests to a server of its own for every row, from another process.
 *
 * @returns for every row what `turnOf` found, by round.
 */
export async function requestRounds(rows, { key, rounds }) {
  const load = new Child(new URL('./load-process.js', import.meta.url));
  const servers = rows.map((row) => ({ ...row, child: new Child(new URL('./server-process.js', import.meta.url)) }));
  try {
    for (const issuer of ISSUERS) await load.ask('issueAs', issuer, key);
    await Promise.all(servers.map((server) => open(server, load, key)));
    for (const server of servers) await turnOf(server, load, server.warmUp);
    return await inRounds(servers, rounds, (server) => turnOf(server, load, server.requests));
  } finally {
    await Promise.all([load, ...servers.map(({ child }) => child)].map((child) => child.stop()));
  }
}

async function open({ id, child, server, load: sent }, load, key) {
  const url = await child.ask('open', { ...server, key, required: [REQUIRED] });
  await load.ask('connect', id, { ...sent, url });
}

/**
 * Microseconds of CPU of the server and queries for a request, and requests per second. Some requests before them bring
 * the processor back to the matter.
 */
async function turnOf({ id, child }, load, requests) {
  await load.ask('prepare', id, LEAD_IN);
  await load.ask('send', id);
  await load.ask('prepare', id, requests);
  const before = await child.ask('usage');
  const seconds = await load.ask('send', id);
  const after = await child.ask('usage');
  return {
    cpu: (after.cpu - before.cpu) / requests,
    queries: (after.queries - before.queries) / requests,
    rate: requests / seconds,
  };
}
