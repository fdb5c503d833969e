import { Redis } from 'ioredis';
import { MemoryRevocations } from 'nestjs-jwt-policy';
import { type RedisClient, redisRevocations } from 'nestjs-jwt-policy/redis';
import { revocationStoreContract, type RevocationStoreFactory } from 'nestjs-jwt-policy/testing';
import { createClient } from 'redis';
import { describeWithRedis, freshPrefix, sharedRedis } from '../support/redis.js';

interface Connected {
  readonly client: RedisClient;
  readonly close: () => void;
}

const CLIENTS: readonly (readonly [name: string, connect: (url: string) => Promise<Connected>])[] = [
  ['ioredis', async (url) => withIoredis(url)],
  ['redis', async (url) => withNodeRedis(createClient({ url }))],
  ['redis with RESP2', async (url) => withNodeRedis(createClient({ url, RESP: 2 }))],
];

function withIoredis(url: string): Connected {
  const client = new Redis(url);
  return { client, close: () => client.disconnect() };
}

async function withNodeRedis(client: ReturnType<typeof createClient>): Promise<Connected> {
  await client.connect();
  return { client, close: () => client.destroy() };
}

describe('a revocation store in memory', () => {
  it.each(revocationStoreContract)('$name', async ({ run }) => {
    await expect(run({ create: () => new MemoryRevocations() })).resolves.toBeUndefined();
  });
});

describeWithRedis.each(CLIENTS)('a revocation store in Redis, through %s', (_name, connect) => {
  let server: Awaited<ReturnType<typeof sharedRedis>>;
  let one: Connected;
  let two: Connected;
  beforeAll(async () => {
    server = await sharedRedis();
    [one, two] = [await connect(server.url), await connect(server.url)];
  });
  afterAll(async () => {
    one.close();
    two.close();
    await server.stop();
  });

  it.each(revocationStoreContract)('$name', async ({ run }) => {
    const prefix = freshPrefix();
    const create = () => redisRevocations(one.client, { prefix });
    const join = () => redisRevocations(two.client, { prefix });
    await expect(run({ create, join })).resolves.toBeUndefined();
  });
});

describeWithRedis('a revocation store in Redis whose feed is cut', () => {
  let server: Awaited<ReturnType<typeof sharedRedis>>;
  let one: Redis;
  let nowhere: Redis;
  beforeAll(async () => {
    server = await sharedRedis();
    one = new Redis(server.url);
    nowhere = new Redis({ port: 1, lazyConnect: true, retryStrategy: () => null });
  });
  afterAll(async () => {
    one.disconnect();
    nowhere.disconnect();
    await server.stop();
  });

  it.each(revocationStoreContract)('$name', async ({ run }) => {
    const prefix = freshPrefix();
    const whole = redisRevocations(one, { prefix });
    await whole.open();
    // What it is asked itself it can answer; only the second connection leads nowhere.
    const halfCut: RedisClient = {
      call: (name, ...args) => one.call(name, ...args),
      duplicate: () => nowhere.duplicate(),
      disconnect: () => undefined,
      on: () => undefined,
    };
    const asking = () => redisRevocations(halfCut, { prefix });
    await expect(run({ create: asking, join: asking })).resolves.toBeUndefined();
    await whole.close();
  });
});

async function brokenClaims(factory: RevocationStoreFactory): Promise<string[]> {
  const outcomes = await Promise.allSettled(revocationStoreContract.map(({ run }) => run(factory)));
  return revocationStoreContract.filter((_, index) => outcomes[index].status === 'rejected').map(({ name }) => name);
}

describe('the contract', () => {
  class Forgetful extends MemoryRevocations {
    override async add(): Promise<void> {}
  }
  class Confused extends MemoryRevocations {
    override find(tokenId: string, subject: string): ReturnType<MemoryRevocations['find']> {
      return super.find(tokenId.toLowerCase(), subject.toLowerCase().normalize());
    }
  }
  class LastWins extends MemoryRevocations {
    private readonly marks = new Map<string, string>();
    override async add(entry: Parameters<MemoryRevocations['add']>[0]): Promise<void> {
      if (entry.kind === 'subject') this.marks.set(entry.id, entry.mark);
      return super.add(entry);
    }
    override find(tokenId: string, subject: string): ReturnType<MemoryRevocations['find']> {
      return { ...super.find(tokenId, subject), revokedBefore: this.marks.get(subject) };
    }
  }
  class Eternal extends MemoryRevocations {
    override async add(entry: Parameters<MemoryRevocations['add']>[0]): Promise<void> {
      return super.add({ ...entry, endsAt: new Date(8_640_000_000_000_000) });
    }
  }

  it.each([
    ['forgets what it is told', () => new Forgetful(), /from the moment that add\(\) has resolved/],
    ['confuses ids', () => new Confused(), /confuses none with another/],
    ['lets a mark go back', () => new LastWins(), /greatest mark/],
    ['never forgets', () => new Eternal(), /when it has ended/],
    ['shares nothing', () => new MemoryRevocations(), /tells another instance/],
  ])('does not hold for a store that %s', async (_case, create, name) => {
    const factory = name.source.includes('instance') ? { create, join: create } : { create };
    expect(await brokenClaims(factory)).toContainEqual(expect.stringMatching(name));
  });
});
