import { Controller, Get, type INestApplication, Post } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import {
  JwksModule,
  type Key,
  keyPair,
  type KeyRing,
  keyRing,
  type KeySet,
  JwtPolicyModule,
  Public,
  remoteJwks,
  RequirePermission,
  TokenService,
} from 'nestjs-jwt-policy';
import { ec } from '../support/key-pairs.js';
import { listen, PLATFORMS } from '../support/platforms.js';
import { AUDIENCE, ISSUER } from '../support/tokens.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

const NOTICE = 300;
const ROTATIONS = 5;

@Controller()
class ShopController {
  constructor(private readonly tokens: TokenService) {}

  @Post('login')
  @Public()
  async logIn(): Promise<string> {
    return (await this.tokens.issue({ id: 1, permissions: ['view'] })).token;
  }

  @Get('basket')
  @RequirePermission('view')
  show(): string {
    return 'apples';
  }
}

const newKey = (index: number): Key =>
  keyPair({ privateKey: ec('prime256v1').privateKey, alg: 'ES256', kid: `key-${index}` });

interface Instance {
  readonly app: INestApplication;
  readonly url: string;
}

async function start(
  adapter: (typeof PLATFORMS)[number][1],
  keys: KeyRing | ReturnType<typeof remoteJwks>,
  modules: readonly (typeof JwksModule)[] = [],
): Promise<Instance> {
  const policy = JwtPolicyModule.forRoot({ issuer: ISSUER, audience: AUDIENCE, keys, issue: { lifetime: '5s' } });
  return listen({ imports: [policy, ...modules], controllers: [ShopController] }, adapter);
}

/** Two instances that issue and verify, each with a ring of its own, and a service that verifies by what one of them publishes. */
async function openAll(
  adapter: (typeof PLATFORMS)[number][1],
  rings: readonly KeyRing[],
): Promise<{ issuers: Instance[]; verifiers: Instance[]; close: () => Promise<void> }> {
  const issuers = await Promise.all(rings.map((ring) => start(adapter, ring, [JwksModule])));
  const jwks = remoteJwks(`${issuers[0].url}/.well-known/jwks.json`, { algorithms: ['ES256'], cooldown: '100ms' });
  const verifiers = [...issuers, await start(adapter, jwks)];
  return {
    issuers,
    verifiers,
    close: async () => {
      for (const { app } of verifiers.toReversed()) await app.close();
    },
  };
}

/** People who log in here and look into their basket there, again and again, with tokens of any age. */
class Traffic {
  readonly refusals: string[] = [];
  readonly kids = new Set<string>();
  requests = 0;
  private stopped = false;
  private readonly people: Promise<void>[];

  constructor(
    private readonly issuers: readonly Instance[],
    private readonly verifiers: readonly Instance[],
  ) {
    this.people = Array.from({ length: 12 }, (_, index) => this.live(index));
  }

  /** Until somebody holds a token of a key. */
  async sees(kid: string): Promise<void> {
    await until(() => this.kids.has(kid));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.people);
  }

  private async live(index: number): Promise<void> {
    await delay(index * 75);
    for (let round = index; !this.stopped; round += 1) {
      const response = await fetch(`${this.issuers[round % this.issuers.length].url}/login`, { method: 'POST' });
      const token = await response.text();
      const { kid } = JSON.parse(Buffer.from(token.split('.')[0], 'base64url').toString()) as { kid: string };
      this.kids.add(kid);
      // A token is used at once and a second later: across the moment in which somebody rotates.
      for (const pause of [0, 0, 300, 400]) {
        await delay(pause);
        await Promise.all(this.verifiers.map(({ url }) => this.look(url, token, kid)));
      }
    }
  }

  private async look(url: string, token: string, kid: string): Promise<void> {
    const response = await fetch(`${url}/basket`, { headers: { authorization: `Bearer ${token}` } });
    this.requests += 1;
    if (response.status !== 200) this.refusals.push(`${kid}: ${response.status} ${await response.text()}`);
    else await response.arrayBuffer();
  }
}

describe.each(PLATFORMS)('five rotations under steady traffic on two instances on %s', (_name, adapter) => {
  it('by hand refuse nobody', async () => {
    const [first, second] = [newKey(0), newKey(1)];
    const rings = [0, 1].map(() => keyRing({ active: first, upcoming: [second] }, { notice: `${NOTICE}ms` }));
    const { issuers, verifiers, close } = await openAll(adapter, rings);
    const traffic = new Traffic(issuers, verifiers);
    for (let index = 0; index < ROTATIONS; index += 1) {
      await delay(NOTICE + 50);
      await traffic.sees(`key-${index}`);
      for (const ring of index % 2 === 0 ? rings : rings.toReversed()) {
        ring.rotate();
        ring.announce(newKeys[index]);
        // The other instance does so a moment later.
        await delay(NOTICE / 2);
      }
    }
    await traffic.sees(`key-${ROTATIONS}`);
    await traffic.stop();
    expect(traffic.refusals).toEqual([]);
    expect(traffic.kids.size).toBe(ROTATIONS + 1);
    expect(traffic.requests).toBeGreaterThan(150);
    await until(() => rings.every(({ retiring }) => retiring.length === 0), 20_000);
    await close();
  });

  it('by a provider that is asked on a schedule refuse nobody', async () => {
    let keys: KeySet = { active: newKey(0), upcoming: [newKey(1)] };
    const rings = [100, 170].map((every) => keyRing(() => keys, { every: `${every}ms`, notice: `${NOTICE}ms` }));
    const { issuers, verifiers, close } = await openAll(adapter, rings);
    const traffic = new Traffic(issuers, verifiers);
    for (let index = 0; index < ROTATIONS; index += 1) {
      keys = {
        active: keys.upcoming?.[0] as Key,
        upcoming: [newKeys[index]],
        retiring: [keys.active, ...(keys.retiring ?? [])],
      };
      await until(() => rings.every(({ active }) => active === keys.active));
      await traffic.sees(keys.active.kid);
      // One more instance, which has seen nothing of all this.
      verifiers.push(
        await start(
          adapter,
          keyRing(() => keys, { every: '100ms', notice: `${NOTICE}ms` }),
        ),
      );
    }
    await traffic.sees(`key-${ROTATIONS}`);
    await traffic.stop();
    expect(traffic.refusals).toEqual([]);
    expect(traffic.kids.size).toBe(ROTATIONS + 1);
    expect(traffic.requests).toBeGreaterThan(150);
    keys = { active: keys.active };
    await until(() => rings.every(({ retiring }) => retiring.length === 0), 20_000);
    await close();
  });
});

const newKeys = Array.from({ length: ROTATIONS }, (_, index) => newKey(index + 2));

describe('a rotation that skips what keeps it safe', () => {
  it('is seen by this very traffic', async () => {
    const [first, second] = [newKey(0), newKey(1)];
    const careful = keyRing({ active: first }, { notice: `${NOTICE}ms` });
    // Signs with a key that the other instance has never heard of.
    const hasty = keyRing({ active: first, upcoming: [second] }, { notice: '100ms' });
    const { issuers, verifiers, close } = await openAll(PLATFORMS[1][1], [careful, hasty]);
    const traffic = new Traffic(issuers, verifiers);
    await delay(NOTICE);
    hasty.rotate();
    await traffic.sees('key-1');
    await traffic.stop();
    expect(traffic.refusals.length).toBeGreaterThan(0);
    expect(traffic.refusals.every((refusal) => refusal.startsWith('key-1: 401'))).toBe(true);
    await close();
  });
});
