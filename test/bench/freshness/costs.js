import { median } from '../statistics.js';

const WARM_UP_ROUNDS = 3;

/**
 * What a request costs on each of these servers. They take turns within every round, so that whatever else the machine
 * does meets them all.
 */
export async function costsOf(servers, { load, tokens, rounds, requests }) {
  const started = await Promise.all(servers.map(({ child }) => child.ask('usage')));
  const measured = servers.map(() => []);
  for (let round = 0; round < WARM_UP_ROUNDS + rounds; round += 1) {
    for (let turn = 0; turn < servers.length; turn += 1) {
      const index = (round + turn) % servers.length;
      const cost = await costOf(servers[index], { load, tokens, requests });
      if (round >= WARM_UP_ROUNDS) measured[index].push(cost);
    }
  }
  const ended = await Promise.all(servers.map(({ child }) => child.ask('usage')));
  const sent = (WARM_UP_ROUNDS + rounds) * requests;
  return servers.map((_, index) => ({
    queriesPerRequest: (ended[index].queries - started[index].queries) / sent,
    cpuPerRequest: median(measured[index].map(({ cpu }) => cpu)),
    requestsPerSecond: median(measured[index].map(({ rate }) => rate)),
  }));
}

/** Microseconds of CPU of the server for a request, and requests per second. */
async function costOf({ child, url }, { load, tokens, requests }) {
  const before = await child.ask('usage');
  const seconds = await load.ask('send', url, tokens, requests);
  const after = await child.ask('usage');
  return { cpu: (after.cpu - before.cpu) / requests, rate: requests / seconds };
}
