import { Redis } from 'ioredis';
import { MemoryRevocations } from 'nestjs-jwt-policy';
import { type RedisClient, redisRevocations } from 'nestjs-jwt-policy/redis';
import {
  revocationStoreContract,
  sharedRevocationStoreContract,
  type SharedRevocationStoreFactory,
} from 'nestjs-jwt-policy/testing';
import { describeWithRedis, freshPrefix, sharedRedis } from '../support/redis.js';
import { type Connected, REDIS_CLIENTS } from '../support/redis-clients.js';

describe('a revocation store in memory', () => {
  it.each(revocationStoreContract)('$name', async ({ run }) => {
    await expect(run({ create: () => new MemoryRevocations() })).resolves.toBeUndefined();
  });
});

describeWithRedis.each(REDIS_CLIENTS)('a revocation store in Redis, through %s', (_name, connect) => {
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

  it.each([...revocationStoreContract, ...sharedRevocationStoreContract])('$name', async ({ run }) => {
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

  it.each([...revocationStoreContract, ...sharedRevocationStoreContract])('$name', async ({ run }) => {
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

async function brokenClaims(
  cases: readonly { name: string; run: (factory: SharedRevocationStoreFactory) => Promise<void> }[],
  factory: SharedRevocationStoreFactory,
): Promise<string[]> {
  const outcomes = await Promise.allSettled(cases.map(({ run }) => run(factory)));
  return cases.filter((_, index) => outcomes[index].status === 'rejected').map(({ name }) => name);
}

type Entry = Parameters<MemoryRevocations['add']>[0];
type Facts = ReturnType<MemoryRevocations['find']>;

describe('the contract', () => {
  class Forgetful extends MemoryRevocations {
    override async add(): Promise<void> {}
  }
  class Confused extends MemoryRevocations {
    override find(tokenId: string, subject: string): Facts {
      return super.find(tokenId.toLowerCase(), subject.toLowerCase().normalize());
    }
  }
  class LastWins extends MemoryRevocations {
    private readonly marks = new Map<string, string>();
    override async add(entry: Entry): Promise<void> {
      if (entry.kind === 'subject') this.marks.set(entry.id, entry.mark);
      return super.add(entry);
    }
    override find(tokenId: string, subject: string): Facts {
      return { ...super.find(tokenId, subject), revokedBefore: this.marks.get(subject) };
    }
  }
  class Unchanging extends MemoryRevocations {
    override find(tokenId: string, subject: string): Facts {
      const { changed, ...facts } = super.find(tokenId, subject);
      return { ...facts, changed: changed && 'changed' };
    }
  }
  class Eternal extends MemoryRevocations {
    constructor(private readonly kind: Entry['kind']) {
      super();
    }
    override async add(entry: Entry): Promise<void> {
      const endsAt = entry.kind === this.kind ? new Date(8_640_000_000_000_000) : entry.endsAt;
      return super.add({ ...entry, endsAt });
    }
  }
  class Hasty extends MemoryRevocations {
    private readonly ends = new Map<string, Date>();
    override async add(entry: Entry): Promise<void> {
      if (entry.kind === 'subject') this.ends.set(entry.id, entry.endsAt);
      return super.add(entry);
    }
    override find(tokenId: string, subject: string): Facts {
      const facts = super.find(tokenId, subject);
      return (this.ends.get(subject) ?? 0) > new Date() ? facts : { ...facts, revokedBefore: undefined };
    }
  }

  it.each<[string, () => MemoryRevocations, RegExp]>([
    ['forgets what it is told', () => new Forgetful(), /from the moment that add\(\) has resolved/],
    ['confuses ids', () => new Confused(), /confuses none with another/],
    ['lets a mark go back', () => new LastWins(), /greatest mark/],
    ['says the same after another change', () => new Unchanging(), /something else after every change/],
    ['never forgets a token', () => new Eternal('token'), /when it has ended/],
    ['never forgets a subject', () => new Eternal('subject'), /when it has ended/],
    ['never forgets a change', () => new Eternal('change'), /when it has ended/],
    ['forgets a subject too soon', () => new Hasty(), /end sooner/],
    ['shares nothing', () => new MemoryRevocations(), /tells another instance/],
  ])('does not hold for a store that %s', async (_case, create, name) => {
    const cases = name.source.includes('instance') ? sharedRevocationStoreContract : revocationStoreContract;
    expect(await brokenClaims(cases, { create, join: create })).toContainEqual(expect.stringMatching(name));
  });
});
