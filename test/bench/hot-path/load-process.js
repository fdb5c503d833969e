import { KeepAliveConnection } from '../keep-alive-connection.js';
import { answerParent } from '../parent.js';
import { DEFINITIONS } from './contenders/contenders.js';
import { nestApp } from './contenders/nest-app.js';
import { FIRST_ROUTE } from './contenders/shelves.js';
import { permissionNames, REQUIRED } from './permission-names.js';
import { SUPPLIES } from './supplies.js';

const PERMISSIONS = 5;
const CONNECTIONS = 8;
const SOMEBODY = 'person-1';
const NOBODY = 'person-2';

const issuers = new Map();
const targets = new Map();

answerParent({
  /** Prepares whose tokens are sent: an app that only issues, with the key of those that verify. */
  issueAs: async (issuer, key) => {
    const definition = DEFINITIONS[issuer]({ key, required: [REQUIRED] });
    const app = await nestApp('express', definition);
    issuers.set(issuer, (id, permissions) => definition.issue(app, id, permissions));
  },
  /** Connects to a server, which must do what it is for, or nothing is measured. */
  connect: async (id, { url, issuer, supply, guarded }) => {
    const issue = issuers.get(issuer);
    const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => KeepAliveConnection.open(url)));
    const [connection] = connections;
    await expectStatus(connection, guarded ? 401 : 200);
    await expectStatus(connection, guarded ? 403 : 200, await issue(NOBODY, ['another']));
    const issueGood = () => issue(SOMEBODY, permissionNames(PERMISSIONS));
    await expectStatus(connection, 200, await issueGood());
    const { start, refused } = SUPPLIES[supply];
    const status = refused ? 401 : 200;
    const take = await start(issueGood);
    for (const token of await take(8)) await expectStatus(connection, status, token);
    targets.set(id, { connections, take, status, tokens: [] });
  },
  /** Makes ready what will be sent. */
  prepare: async (id, requests) => {
    const target = targets.get(id);
    target.tokens = await target.take(requests);
  },
  /** Sends what is ready, as fast as it is answered, and says how many seconds that took. */
  send: async (id) => {
    const { connections, tokens, status } = targets.get(id);
    const startedAt = performance.now();
    let sent = 0;
    const work = async (connection) => {
      while (sent < tokens.length) await expectStatus(connection, status, tokens[(sent += 1) - 1]);
    };
    await Promise.all(connections.map(work));
    return (performance.now() - startedAt) / 1000;
  },
});

async function expectStatus(connection, expected, token) {
  const { status, body } = await connection.request('GET', FIRST_ROUTE, token);
  if (status !== expected) throw new Error(`${status} where ${expected} was due: ${body}`);
}
