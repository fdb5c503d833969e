import { Child } from '../child.js';
import { KeepAliveConnection } from '../keep-alive-connection.js';
import { logIn } from './staleness.js';

/** Hands on a process that is connected to every shop, and a token of every person, which is good for them all. */
export async function withLoad(shops, { people, connections }, use) {
  const load = new Child(new URL('./load-process.js', import.meta.url));
  try {
    for (const { url } of shops) await load.ask('connect', url, connections);
    return await use({ load, tokens: await tokensOf(people, shops[0]) });
  } finally {
    await load.stop();
  }
}

async function tokensOf(people, { url }) {
  const connection = await KeepAliveConnection.open(url);
  const tokens = [];
  for (let number = 1; number <= people; number += 1) tokens.push(await logIn(connection, `person-${number}`, '1h'));
  connection.close();
  return tokens;
}
