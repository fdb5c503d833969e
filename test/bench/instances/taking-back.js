import { delayOfRefusal } from './delay-of-refusal.js';

/** Two things that one instance is told, and of which the other has to know. */
export const TAKING_BACK = { revoke, forget };

async function revoke(instances, subject) {
  const { one, other } = instances;
  const token = await logIn(instances, subject);
  const takeBack = () => one.request('POST', '/logout', token);
  return delayOfRefusal({ connection: other, token, takeBack, code: 'ERR_TOKEN_REVOKED' });
}

async function forget(instances, subject) {
  const { one, other, setPermissions } = instances;
  const token = await logIn(instances, subject);
  await setPermissions(subject, 'edit');
  const takeBack = () => one.request('POST', `/changes/${subject}`);
  return delayOfRefusal({ connection: other, token, takeBack, code: 'ERR_PERMISSION_MISSING' });
}

/** Both instances have let this person in before. */
async function logIn({ one, other, setPermissions }, subject) {
  await setPermissions(subject, 'view');
  const { token } = JSON.parse((await one.request('POST', `/login/${subject}`)).body);
  for (const connection of [one, other]) {
    const { status, body } = await connection.request('GET', '/basket', token);
    if (status !== 200) throw new Error(`not let in: ${body}`);
  }
  return token;
}
