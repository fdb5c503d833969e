export { redisRevocations, redisSessions } from './builder.js';
export type { RedisRevocationsOptions, RedisSessionsOptions } from './builder.js';
export type { RedisRevocations } from './redis-revocations.js';
export type { RedisSessions } from './redis-sessions.js';
export type { IoredisClient, NodeRedisClient, RedisClient } from './redis-connection.js';
