import { setTimeout as delay } from 'node:timers/promises';

const GIVE_UP_AFTER = 5000;
// Without a rest the questions keep two cores busy, and what they are about has to wait for one.
const REST = 1;

/**
 * Takes something back by one instance, while another is asked for the basket again and again until it refuses.
 *
 * @param takeBack Resolves with the answer to the request that takes it back.
 * @returns milliseconds since the request and since the answer to it, and what was let in after that answer.
 */
export async function delayOfRefusal({ connection, token, takeBack, code }) {
  const requestedAt = performance.now();
  let answeredAt = Number.POSITIVE_INFINITY;
  const taken = async () => {
    const { status, body } = await takeBack();
    answeredAt = performance.now();
    if (status !== 204) throw new Error(`could not be taken back: ${status} ${body}`);
  };
  const done = taken();
  let letIn = 0;
  for (;;) {
    const askedAt = performance.now();
    const answer = await connection.request('GET', '/basket', token);
    const now = performance.now();
    if (answer.status !== 200) {
      await done;
      if (JSON.parse(answer.body).code !== code) throw new Error(`refused otherwise: ${answer.body}`);
      return { sinceRequest: now - requestedAt, sinceAnswer: Math.max(0, now - answeredAt), letIn };
    }
    if (askedAt > answeredAt) letIn += 1;
    if (now - requestedAt > GIVE_UP_AFTER) throw new Error('it is not refused');
    await delay(REST);
  }
}
