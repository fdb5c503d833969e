import { setTimeout as delay } from 'node:timers/promises';
import { discoveredJwks, type JwtPolicyOptions, TokenService } from 'nestjs-jwt-policy';
import { GuardedShop } from '../support/guarded-shop.js';
import { type IdentityProvider, startIdentityProvider } from '../support/identity-provider.js';
import { PLATFORMS } from '../support/platforms.js';
import { AUDIENCE } from '../support/tokens.js';

const optionsFor = (issuer: string): Partial<JwtPolicyOptions> => ({
  issuer,
  keys: discoveredJwks(issuer, { algorithms: ['ES256'], cooldown: '100ms' }),
  verify: { claims: { permissions: 'scope' } },
});

describe.each(PLATFORMS)('an identity provider whose tokens open a shop on %s', (_name, adapter) => {
  let provider: IdentityProvider;
  let shop: GuardedShop;
  beforeAll(async () => {
    provider = await startIdentityProvider();
    shop = await GuardedShop.open(adapter, optionsFor(provider.issuer));
  });
  afterAll(async () => {
    await shop.close();
    await provider.stop();
  });

  it('says in the scope of a token what its bearer may do', async () => {
    const all = `Bearer ${await provider.getToken({ scope: 'view edit' })}`;
    const response = await shop.get('/basket', all);
    expect(response.status).toBe(200);
    expect(response.body).toEqual({ id: provider.subject, permissions: ['view', 'edit'] });
    expect((await shop.get('/basket', all, { method: 'POST' })).status).toBe(201);
  });

  it('grants no more than the scope', async () => {
    const viewer = `Bearer ${await provider.getToken({ scope: 'view' })}`;
    expect((await shop.get('/basket', viewer)).status).toBe(200);
    const response = await shop.get('/basket', viewer, { method: 'POST' });
    expect(response.status).toBe(403);
    expect(response.body).toMatchObject({ code: 'ERR_PERMISSION_MISSING' });
    expect(response.challenge).toBe(`Bearer realm="${AUDIENCE}", error="insufficient_scope", scope="edit"`);
    expect(response.handled).toBe(0);
  });

  it('is taken at no other word than its own', async () => {
    const [header, payload, signature] = (await provider.getToken()).split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    const more = Buffer.from(JSON.stringify({ ...claims, scope: 'view edit' })).toString('base64url');
    const response = await shop.get('/basket', `Bearer ${header}.${more}.${signature}`);
    expect(response.status).toBe(401);
    expect(response.body).toMatchObject({ code: 'ERR_TOKEN_INVALID' });
    expect(response.challenge).toBe(`Bearer realm="${AUDIENCE}", error="invalid_token"`);
    expect(response.handled).toBe(0);
  });

  it('is the only one who can issue', async () => {
    await expect(shop.app.get(TokenService).issue({ id: '42' })).rejects.toThrow('those of another issuer');
  });

  it('may change its key: the new one counts with its first token, the old one no longer', async () => {
    const old = `Bearer ${await provider.getToken()}`;
    expect((await shop.get('/basket', old)).status).toBe(200);
    await provider.rotateKeys();
    await delay(130);
    expect((await shop.get('/basket', `Bearer ${await provider.getToken()}`)).status).toBe(200);
    const response = await shop.get('/basket', old);
    expect(response.status).toBe(401);
    expect(response.body).toMatchObject({ code: 'ERR_TOKEN_INVALID' });
    expect(response.challenge).toBe(`Bearer realm="${AUDIENCE}", error="invalid_token"`);
    expect(response.handled).toBe(0);
  });

  it('may be away for a while: its known key counts, and a token of any other key is answered 503', async () => {
    const known = `Bearer ${await provider.getToken()}`;
    const [, payload, signature] = known.split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: 'unknown' })).toString('base64url');
    await provider.stop();
    await delay(130);
    expect((await shop.get('/basket', known)).status).toBe(200);
    const response = await shop.get('/basket', `Bearer ${header}.${payload}.${signature}`);
    expect(response.status).toBe(503);
    expect(response.body).toMatchObject({ code: 'ERR_POLICY_UNAVAILABLE' });
    expect(response.challenge).toBeNull();
    expect(response.handled).toBe(0);
  });
});
