import { inspect } from 'node:util';
import { InvalidToken } from 'nestjs-jwt-policy';
import { Authenticator } from '../../../libs/jwt-policy/src/authenticator.js';
import { exchangeOf, HttpExchanges } from '../../../libs/jwt-policy/src/contexts/http.js';
import { FROM_TOKEN } from '../../../libs/jwt-policy/src/identify/freshness.js';
import type { VerifiedToken } from '../../../libs/jwt-policy/src/verify/verified-token.js';
import { resolverFor } from '../../support/revocations.js';
import { verifiedToken } from '../../support/verified-tokens.js';

const LIVE = 0;
const HOST = {
  httpAdapter: { setHeader: (response: string[], name: string, value: string) => response.push(name, value) },
};

function app(verify: () => VerifiedToken = verifiedToken) {
  const counter = { loads: 0 };
  const resolver = resolverFor(async () => ({ permissions: [String((counter.loads += 1))] }));
  const authenticator = new Authenticator(() => ['text'], { verify } as never, resolver);
  return { counter, exchanges: new HttpExchanges(authenticator, HOST as never, FROM_TOKEN) };
}

const newRequest = (): { rawHeaders: string[]; user?: unknown } => ({ rawHeaders: [] });

describe('an exchange', () => {
  it('finds out once who asks, and is the same for whoever opens it again', async () => {
    const { counter, exchanges } = app();
    const request = newRequest();
    const exchange = exchanges.open(request, [], { staleness: LIVE });
    const first = exchange.authenticate();
    expect(exchange.authenticate()).toBe(first);
    expect(exchanges.open(request, [], { staleness: LIVE })).toBe(exchange);
    expect(exchanges.open(request, [], { staleness: 10_000 })).toBe(exchange);
    expect(exchanges.open(request)).toBe(exchange);
    expect(exchangeOf(request)).toBe(exchange);
    await first;
    expect(counter.loads).toBe(1);
  });

  it('is opened anew for a route that wants to know it fresher', async () => {
    const { counter, exchanges } = app();
    const request = newRequest();
    const early = exchanges.open(request);
    expect(early.authenticate()).not.toBeInstanceOf(Promise);
    expect(counter.loads).toBe(0);
    await exchanges.open(request, [], { staleness: 10_000 }).authenticate();
    expect(counter.loads).toBe(1);
    await exchanges.open(request, [], { staleness: LIVE }).authenticate();
    await exchanges.open(request, [], { staleness: 10_000 }).authenticate();
    expect(counter.loads).toBe(2);
    expect(exchangeOf(request)).not.toBe(early);
  });

  it('is opened anew by another app, and found through what wraps Node’s request', () => {
    const [one, other] = [app(), app()];
    const raw = newRequest();
    const first = one.exchanges.open({ raw });
    expect(exchangeOf({ raw })).toBe(first);
    expect(exchangeOf(raw)).toBe(first);
    expect(other.exchanges.open({ raw })).not.toBe(first);
  });

  it('does not remember a refusal for good: it is found out again', () => {
    let times = 0;
    const { exchanges } = app(() => {
      times += 1;
      throw new InvalidToken('ERR_TOKEN_INVALID', 'x');
    });
    const exchange = exchanges.open(newRequest());
    expect(() => exchange.authenticate()).toThrow(InvalidToken);
    expect(() => exchange.authenticate()).toThrow(InvalidToken);
    expect(times).toBe(2);
  });

  it('puts the challenge on the response, also when that came later than the request', () => {
    const { exchanges } = app();
    const request = newRequest();
    const response: string[] = [];
    exchanges.open(request).challenge('before');
    exchanges.open(request, response).challenge('Bearer');
    expect(response).toEqual(['WWW-Authenticate', 'Bearer']);
  });

  it('shows the identity to handlers', async () => {
    const { exchanges } = app();
    const request = newRequest();
    const exchange = exchanges.open(request);
    const identity = await exchange.authenticate();
    expect(exchange.identity).toBeNull();
    if (identity) exchange.admit(identity);
    expect(exchange.identity).toBe(identity);
    expect(request.user).toBe(identity);
  });

  it.each([undefined, null, {}, { raw: {} }, 'x', { rawHeaders: 'x' }])('is not one of %p', (request) => {
    expect(() => app().exchanges.open(request)).toThrow('not a request of an HTTP platform');
  });

  it.each([
    ['copied', (request: object) => ({ ...request })],
    ['assigned to another', (request: object) => Object.assign({}, request)],
    ['inherited from', (request: object) => Object.create(request) as object],
  ])('is not that of a request that was %s', async (_case, derive) => {
    const { exchanges } = app();
    const request = newRequest();
    const exchange = exchanges.open(request);
    const identity = await exchange.authenticate();
    if (identity) exchange.admit(identity);
    const derived = Object.assign(derive(request), { rawHeaders: ['Authorization', 'Bearer other'] });
    expect(exchangeOf(derived)).toBeUndefined();
    expect(exchanges.open(derived)).not.toBe(exchange);
    expect(exchangeOf(request)).toBe(exchange);
  });

  it('adds no member to the request that a name could reach', () => {
    const { exchanges } = app();
    const request = newRequest();
    exchanges.open(request);
    expect(Object.keys(request)).toEqual(['rawHeaders']);
    expect(JSON.stringify(request)).toBe('{"rawHeaders":[]}');
    expect(inspect(request, { depth: 9 })).not.toContain('text');
  });
});
