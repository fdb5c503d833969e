import { createHook } from 'node:async_hooks';
import crypto from 'node:crypto';
import { Controller, Get } from '@nestjs/common';
import { CurrentIdentity, Freshness, type Identity, PermissionsGuard, RequirePermission } from 'nestjs-jwt-policy';
import { Key } from '../../libs/jwt-policy/src/keys/key.js';
import { GuardedShop, handled } from '../support/guarded-shop.js';
import { PLATFORMS } from '../support/platforms.js';

@Controller('hot')
@RequirePermission('view')
class HotController {
  @Get('token')
  @Freshness('token')
  token(@CurrentIdentity() me: Identity): object {
    return handled(me);
  }

  @Get('stale')
  @Freshness({ maxStale: '1h' })
  stale(@CurrentIdentity() me: Identity): object {
    return handled(me);
  }

  @Get('live')
  @Freshness('live')
  live(@CurrentIdentity() me: Identity): object {
    return handled(me);
  }
}

const METADATA = ['getMetadata', 'getOwnMetadata', 'hasMetadata', 'hasOwnMetadata', 'getMetadataKeys'] as const;

interface Work {
  signatures: number;
  hashes: number;
  parses: number;
  metadata: number;
  promises: number;
  loads: number;
}

const NONE: Work = { signatures: 0, hashes: 0, parses: 0, metadata: 0, promises: 0, loads: 0 };
// oxlint-disable-next-line typescript/unbound-method -- called with the guard it belongs to
const canActivate = PermissionsGuard.prototype.canActivate;

describe.each(PLATFORMS)('the guard on %s, about a token that it knows,', (_name, adapter) => {
  let shop: GuardedShop;
  let loads = 0;
  let work: Work;
  let authorization: string;

  const load = async () => {
    loads += 1;
    return { permissions: ['view'] };
  };
  beforeAll(async () => {
    shop = await GuardedShop.open(adapter, { identify: { load } }, { controllers: [HotController] });
  });
  afterAll(() => shop.close());

  beforeEach(async () => {
    authorization = `Bearer ${(await shop.tokens.issue({ id: 'joe', permissions: ['view'] })).token}`;
    jest.spyOn(PermissionsGuard.prototype, 'canActivate').mockImplementation(function (
      this: PermissionsGuard,
      context,
    ) {
      const before = loads;
      let promises = 0;
      const spies = {
        signatures: [jest.spyOn(Key.prototype, 'hasSigned')],
        hashes: [jest.spyOn(crypto, 'hash'), jest.spyOn(crypto, 'createHmac')],
        parses: [jest.spyOn(JSON, 'parse'), jest.spyOn(JSON, 'stringify')],
        metadata: METADATA.map((name) => jest.spyOn(Reflect, name)),
      };
      const hook = createHook({ init: (_id, type) => (promises += type === 'PROMISE' ? 1 : 0) }).enable();
      const calls = (kind: keyof typeof spies): number => {
        const counts = spies[kind].map((spy) => spy.mock.calls.length);
        for (const spy of spies[kind]) spy.mockRestore();
        return counts.reduce((sum, count) => sum + count, 0);
      };
      try {
        return canActivate.call(this, context);
      } finally {
        hook.disable();
        const [signatures, hashes] = [calls('signatures'), calls('hashes')];
        work = {
          signatures,
          hashes,
          parses: calls('parses'),
          metadata: calls('metadata'),
          promises,
          loads: loads - before,
        };
      }
    });
  });
  afterEach(() => jest.restoreAllMocks());

  const ask = async (path: string): Promise<Work> => {
    expect((await shop.get(path, authorization)).status).toBe(200);
    return work;
  };

  it('checks no signature, parses nothing, reads no metadata, loads nobody and makes no promise', async () => {
    const first = await ask('/hot/token');
    expect(first).toMatchObject({ signatures: 1, loads: 0, promises: 0 });
    expect(Math.min(first.parses, first.hashes)).toBeGreaterThan(0);
    for (let time = 0; time < 3; time += 1) expect(await ask('/hot/token')).toEqual(NONE);
  });

  it('does no more when its permissions were loaded a while ago', async () => {
    const first = await ask('/hot/stale');
    expect(first).toMatchObject({ signatures: 1, loads: 1 });
    expect(Math.min(first.promises, first.hashes)).toBeGreaterThan(1);
    for (let time = 0; time < 3; time += 1) expect(await ask('/hot/stale')).toEqual(NONE);
  });

  it('does nothing but load when they are live', async () => {
    await ask('/hot/live');
    const { promises, ...rest } = await ask('/hot/live');
    expect(rest).toEqual({ signatures: 0, hashes: 0, parses: 0, metadata: 0, loads: 1 });
    expect(promises).toBeGreaterThan(0);
  });

  it('refuses it all the same when it was revoked', async () => {
    await ask('/hot/token');
    await shop.tokens.revoke(authorization.slice('Bearer '.length));
    expect((await shop.get('/hot/token', authorization)).status).toBe(401);
    expect(work).toMatchObject({ signatures: 0, metadata: 0 });
  });
});
