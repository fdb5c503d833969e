export { redisRevocations } from './builder.js';
export type { RedisRevocationsOptions } from './builder.js';
export type { RedisRevocations } from './redis-revocations.js';
export type { IoredisClient, NodeRedisClient, RedisClient } from './redis-connection.js';
