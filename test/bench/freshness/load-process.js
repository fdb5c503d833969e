import { KeepAliveConnection } from '../keep-alive-connection.js';
import { answerParent } from '../parent.js';

const connections = new Map();

answerParent({
  connect: async (url, count) => {
    connections.set(url, await Promise.all(Array.from({ length: count }, () => KeepAliveConnection.open(url))));
  },
  /** Sends so many requests for the basket, as fast as they are answered, and says how many seconds that took. */
  send: async (url, tokens, requests) => {
    const startedAt = performance.now();
    let sent = 0;
    const work = async (connection) => {
      while (sent < requests) {
        const token = tokens[(sent += 1) % tokens.length];
        const { status, body } = await connection.request('GET', '/basket', token);
        if (status !== 200) throw new Error(`not let in: ${status} ${body}`);
      }
    };
    await Promise.all(connections.get(url).map(work));
    return (performance.now() - startedAt) / 1000;
  },
});
