import { setTimeout as delay } from 'node:timers/promises';
import { KeepAliveConnection } from '../keep-alive-connection.js';

const BETWEEN_REQUESTS = 2;
const GIVE_UP_AFTER = 10_000;

/**
 * How long somebody is let in after the permission has gone from the database, who was let in right before.
 *
 * @param thenDo What happens after the change, before the first request.
 * @param lifetime Of the token.
 * @returns milliseconds since the change until the last request that was let in, and until the first refusal.
 */
export async function staleness({ child, url }, person, { lifetime = '1h', thenDo = async () => undefined } = {}) {
  const connection = await KeepAliveConnection.open(url);
  try {
    const token = await logIn(connection, person, lifetime);
    await letIn(connection, token);
    await child.ask('setPermissions', person, ['edit']);
    const changedAt = performance.now();
    await thenDo(connection, person);
    return await untilRefused(connection, token, changedAt);
  } finally {
    connection.close();
    await child.ask('setPermissions', person, ['view']);
  }
}

/** Tells the library of a change. */
export async function forget(connection, person) {
  const { status, body } = await connection.request('POST', `/changes/${person}`);
  if (status !== 204) throw new Error(`not forgotten: ${status} ${body}`);
}

export async function logIn(connection, person, lifetime) {
  const { status, body } = await connection.request('POST', `/login/${person}?lifetime=${lifetime}`);
  if (status !== 201) throw new Error(`no token: ${status} ${body}`);
  return JSON.parse(body).token;
}

async function letIn(connection, token) {
  const { status, body } = await connection.request('GET', '/basket', token);
  if (status !== 200) throw new Error(`not let in: ${status} ${body}`);
}

async function untilRefused(connection, token, changedAt) {
  let requestsLetIn = 0;
  let lastLetIn = 0;
  for (;;) {
    const askedAt = performance.now();
    const { status, body } = await connection.request('GET', '/basket', token);
    const refused = performance.now() - changedAt;
    if (status !== 200) return { requestsLetIn, lastLetIn, refused, code: JSON.parse(body).code };
    requestsLetIn += 1;
    lastLetIn = askedAt - changedAt;
    if (refused > GIVE_UP_AFTER) throw new Error('never refused');
    await delay(BETWEEN_REQUESTS);
  }
}
