import type { ThrottlerAsyncOptions, ThrottlerModuleOptions } from '@nestjs/throttler';
import type { Redis } from 'ioredis';
import { Config } from '../config.js';
import { REDIS } from '../redis/redis.js';
import { normalizeUserName } from '../users/user-name.js';
import { FailureStorage } from './failure-storage.js';
import type { Credentials } from './login.schema.js';

/** How often a log-in may fail, from one address and for one account, whether it exists or not. */
export const limits: ThrottlerAsyncOptions = {
  inject: [Config, REDIS],
  useFactory: ({ logIn }: Config, redis: Redis | undefined): ThrottlerModuleOptions => ({
    throttlers: [
      { name: 'address', limit: logIn.failuresPerAddress, ttl: logIn.windowSeconds * 1000 },
      {
        name: 'account',
        limit: logIn.failuresPerAccount,
        ttl: logIn.windowSeconds * 1000,
        getTracker: ({ body }) => normalizeUserName((body as Credentials).username),
      },
    ],
    storage: new FailureStorage(redis),
    setHeaders: false,
  }),
};
