import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { Child } from '../child.js';
import { KeepAliveConnection } from '../keep-alive-connection.js';
import { freshPrefix, removePrefix } from '../redis-server.js';
import { permissionsKey } from './permissions-key.js';

/** Hands on a connection to each of two shops that share a Redis, and a way to change what somebody may do there. */
export async function withTwoInstances(address, use) {
  const settings = { secret: randomBytes(64).toString('base64url'), address, prefix: freshPrefix() };
  const children = [1, 2].map(() => new Child(new URL('./instance-process.js', import.meta.url)));
  const client = new Redis(address);
  try {
    const urls = await Promise.all(
      ['express', 'fastify'].map((platform, index) => children[index].ask('open', { ...settings, platform })),
    );
    const [one, other] = await Promise.all(urls.map((url) => KeepAliveConnection.open(url)));
    const setPermissions = (subject, names) => client.set(permissionsKey(settings.prefix, subject), names);
    await use({ one, other, setPermissions });
  } finally {
    await Promise.all(children.map((child) => child.stop()));
    client.disconnect();
    await removePrefix(address, settings.prefix);
  }
}
