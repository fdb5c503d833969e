import { GuardedShop } from '../support/guarded-shop.js';
import { PLATFORMS } from '../support/platforms.js';
import { AUDIENCE, seconds, token } from '../support/tokens.js';

const bearer =
  (claims: Record<string, unknown> = {}) =>
  (): string =>
    `Bearer ${token(claims)}`;

describe.each(PLATFORMS)('refusals on %s', (_name, adapter) => {
  let shop: GuardedShop;
  beforeAll(async () => {
    shop = await GuardedShop.open(adapter);
  });
  afterAll(() => shop.close());

  it('lets a good token in', async () => {
    const response = await shop.get('/basket', `Bearer ${token()}`);
    expect(response.status).toBe(200);
    expect(response.body).toEqual({ id: '42', permissions: ['view'] });
  });

  it.each<[string, string, (() => string) | undefined, number, string, string, string | null]>([
    ['no token', '/basket', undefined, 401, 'ERR_TOKEN_MISSING', 'A token is required', `Bearer realm="${AUDIENCE}"`],
    [
      'another scheme',
      '/basket',
      () => `Basic ${token()}`,
      401,
      'ERR_TOKEN_MISSING',
      'A token is required',
      `Bearer realm="${AUDIENCE}"`,
    ],
    [
      'an expired token',
      '/basket',
      bearer({ exp: seconds(-1) }),
      401,
      'ERR_TOKEN_EXPIRED',
      'The token has expired',
      `Bearer realm="${AUDIENCE}", error="invalid_token"`,
    ],
    [
      'garbage',
      '/basket',
      () => 'Bearer garbage',
      401,
      'ERR_TOKEN_INVALID',
      'The token is not valid',
      `Bearer realm="${AUDIENCE}", error="invalid_token"`,
    ],
    [
      'a scheme without a token',
      '/me',
      () => 'Bearer',
      401,
      'ERR_TOKEN_INVALID',
      'The token is not valid',
      `Bearer realm="${AUDIENCE}", error="invalid_token"`,
    ],
    [
      'a missing permission',
      '/basket',
      bearer({ permissions: ['edit'] }),
      403,
      'ERR_PERMISSION_MISSING',
      'A required permission is missing',
      `Bearer realm="${AUDIENCE}", error="insufficient_scope", scope="view"`,
    ],
    [
      'a route that declares nothing',
      '/forgotten',
      bearer(),
      403,
      'ERR_ROUTE_UNDECLARED',
      'The route does not say who may use it',
      null,
    ],
    [
      'no token for Passport',
      '/passport',
      undefined,
      401,
      'ERR_TOKEN_MISSING',
      'A token is required',
      `Bearer realm="${AUDIENCE}"`,
    ],
    [
      'garbage for Passport',
      '/passport',
      () => 'Bearer garbage',
      401,
      'ERR_TOKEN_INVALID',
      'The token is not valid',
      `Bearer realm="${AUDIENCE}", error="invalid_token"`,
    ],
  ])('refuses %s', async (_case, path, authorization, status, code, message, challenge) => {
    const response = await shop.get(path, authorization?.());
    expect(response.status).toBe(status);
    const error = status === 401 ? 'Unauthorized' : 'Forbidden';
    expect(response.body).toEqual({ statusCode: status, message, error, code });
    expect(response.challenge).toBe(challenge);
    expect(response.handled).toBe(0);
  });

  it('gives Passport the same identity', async () => {
    const response = await shop.get('/passport', `bearer ${token()}`);
    expect(response.body).toEqual({ id: '42', permissions: ['view'] });
  });

  it('does not look at tokens on a public route', async () => {
    const response = await shop.get('/open', 'Bearer garbage');
    expect(response.status).toBe(200);
    expect(response.body).toEqual({ id: null, permissions: [] });
  });
});
