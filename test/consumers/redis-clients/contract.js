import { randomUUID } from 'node:crypto';
import { redisRevocations, redisSessions } from 'nestjs-jwt-policy/redis';
import {
  revocationStoreContract,
  sessionStoreContract,
  sharedRevocationStoreContract,
  sharedSessionStoreContract,
} from 'nestjs-jwt-policy/testing';

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
for (const claim of [...sessionStoreContract, ...sharedSessionStoreContract]) {
  const options = { prefix: `test-${randomUUID()}` };
  await claim.run({
    create: () => redisSessions(one.client, options),
    join: () => redisSessions(two.client, options),
  });
  for (const key of await one.command(['KEYS', `${options.prefix}:session*`])) await one.command(['DEL', key]);
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
