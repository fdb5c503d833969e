import {
  JwtPolicyModule,
  keyPair,
  PermissionsGuard,
  RequirePermission,
  secretKey,
  TokenService,
} from 'nestjs-jwt-policy';
import { shelves } from './shelves.js';

/**
 * @param identify What else than the token says who somebody is.
 * @param cacheSize How many tokens are remembered; as many as by default if it is absent.
 */
export function ours({ key, routes = 1, required, identify, cacheSize }) {
  const { alg, secret, privateKey } = key;
  const policy = JwtPolicyModule.forRoot({
    issuer: 'https://shop.example',
    audience: 'shop-api',
    keys: secret === undefined ? keyPair({ privateKey, alg }) : secretKey(secret, { alg }),
    verify: { maxTokenBytes: 16_384, ...(cacheSize !== undefined && { cacheSize }) },
    identify,
    issue: { lifetime: '1h' },
  });
  return {
    imports: [policy],
    controllers: shelves(routes, { ofRoutes: [RequirePermission(...required)] }),
    guards: [PermissionsGuard],
    issue: async (app, id, permissions) => (await app.get(TokenService).issue({ id, permissions })).token,
  };
}
