import { type JwtPolicyOptions, secretKey } from 'nestjs-jwt-policy';
import { type RedisClient, redisRevocations } from 'nestjs-jwt-policy/redis';

/** The options of an app with several instances: compiled here without a Redis client installed. */
export function sharedPolicy(client: RedisClient): JwtPolicyOptions {
  return {
    issuer: 'https://shop.example',
    audience: 'shop-api',
    keys: secretKey(process.env.JWT_SECRET),
    verify: { maxLifetime: '1d' },
    identify: { revocations: redisRevocations(client, { prefix: 'shop', staleAfter: '1s' }) },
  };
}
