import { randomUUID } from 'node:crypto';
import { redisRevocations } from 'nestjs-jwt-policy/redis';
import { revocationStoreContract } from 'nestjs-jwt-policy/testing';

const [, , name] = process.argv;
const url = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';
const library = await import(name);

const one = await connect();
const two = await connect();
for (const claim of revocationStoreContract) {
  const options = { prefix: `test-${randomUUID()}` };
  await claim.run({
    create: () => redisRevocations(one.client, options),
    join: () => redisRevocations(two.client, options),
  });
}
one.close();
two.close();

async function connect() {
  const Redis = library.Redis ?? library.default;
  if (name.startsWith('ioredis')) {
    const client = new Redis(url);
    return { client, close: () => client.disconnect() };
  }
  const client = library.createClient({ url });
  client.on('error', () => {});
  await client.connect();
  return { client, close: () => client.disconnect() };
}
