import { Redis } from 'ioredis';
import { redisRevocations } from 'nestjs-jwt-policy/redis';
import { answerParent } from '../parent.js';
import { openShop } from '../shop.js';
import { permissionsKey } from './permissions-key.js';

answerParent({
  /** One of several shops that share Redis, for revocations and for the permissions of people. */
  open: async ({ platform, secret, address, prefix }) => {
    const client = new Redis(address);
    const load = async (subject) => {
      const permissions = await client.get(permissionsKey(prefix, subject));
      return permissions === null ? null : { permissions: permissions.split(' ') };
    };
    const revocations = redisRevocations(client, { prefix });
    return openShop({ platform, secret, identify: { load, freshness: { maxStale: '1h' }, revocations } });
  },
});
