import type { Redis } from 'ioredis';
import { JwtPolicyModule, secretKey, untilHour } from 'nestjs-jwt-policy';
import { type PostgresClient, postgresSessions } from 'nestjs-jwt-policy/postgres';
import { redisRevocations } from 'nestjs-jwt-policy/redis';
import { Config } from './config.js';
import { DATABASE_CLIENT } from './database/database.js';
import { REDIS } from './redis/redis.js';
import { parseUserId } from './users/user-id.js';
import { UsersModule } from './users/users.module.js';
import { UsersRepository } from './users/users.repository.js';

/** Guards every route of the shop: who may come in is read from the token, and what they may do from the database. */
export const policy = JwtPolicyModule.forRootAsync({
  imports: [UsersModule],
  inject: [Config, UsersRepository, DATABASE_CLIENT, REDIS],
  useFactory: (config: Config, users: UsersRepository, database: PostgresClient, redis: Redis | undefined) => ({
    issuer: config.jwtIssuer,
    audience: config.jwtAudience,
    keys: secretKey(config.jwtSecret),
    // Longer than any token that is issued below lives.
    verify: { maxLifetime: '9d' },
    identify: {
      freshness: config.freshness,
      load: async (subject: string) => {
        const id = parseUserId(subject);
        return id === undefined ? null : ((await users.findById(id)) ?? null);
      },
      revocations: redis && redisRevocations(redis),
    },
    issue: {
      lifetime: untilHour({ hour: 3, afterDays: 7, timeZone: config.timeZone }),
      sessions: { store: postgresSessions(database) },
    },
  }),
});
