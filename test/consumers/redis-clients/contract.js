import { randomUUID } from 'node:crypto';
import { redisRevocations } from 'nestjs-jwt-policy/redis';
import { revocationStoreContract, sharedRevocationStoreContract } from 'nestjs-jwt-policy/testing';

const [, , name] = process.argv;
const url = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';
const library = await import(name);

const one = await connect();
const two = await connect();
for (const claim of [...revocationStoreContract, ...sharedRevocationStoreContract]) {
  const options = { prefix: `test-${randomUUID()}` };
  await claim.run({
    create: () => redisRevocations(one.client, options),
    join: () => redisRevocations(two.client, options),
  });
  for (const rest of ['', ':ends', ':feed']) await one.command(['DEL', `{${options.prefix}}:revocations${rest}`]);
}
one.close();
two.close();

async function connect() {
  const Redis = library.Redis ?? library.default;
  if (name.startsWith('ioredis')) {
    const client = new Redis(url);
    return { client, command: (words) => client.call(...words), close: () => client.disconnect() };
  }
  const client = library.createClient({ url });
  client.on('error', () => {});
  await client.connect();
  return { client, command: (words) => client.sendCommand(words), close: () => client.disconnect() };
}
