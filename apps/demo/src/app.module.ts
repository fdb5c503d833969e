import { type DynamicModule, Module, StandardSchemaValidationPipe } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { BasketModule } from './basket/basket.module.js';
import { Config, readConfig } from './config.js';
import { ConfigModule } from './config.module.js';
import { DatabaseModule } from './database/database.module.js';
import { GracefulShutdown } from './graceful-shutdown.js';
import { HealthController } from './health.controller.js';
import { ErrorFilter } from './http/error.filter.js';
import { LoginModule } from './login/login.module.js';
import { policy } from './policy.module.js';
import { RedisModule } from './redis/redis.module.js';
import { SessionsModule } from './sessions/sessions.module.js';
import { UsersModule } from './users/users.module.js';

@Module({
  imports: [DatabaseModule, RedisModule, policy, LoginModule, SessionsModule, UsersModule, BasketModule],
  controllers: [HealthController],
  providers: [
    { provide: APP_PIPE, useClass: StandardSchemaValidationPipe },
    { provide: APP_FILTER, useClass: ErrorFilter },
    GracefulShutdown,
  ],
})
export class AppModule {
  static forRoot(config: Config): DynamicModule {
    return { module: AppModule, imports: [ConfigModule.forRoot(config)] };
  }
}

/** What `npx nestjs-jwt-policy` starts: the shop of this environment. */
export default function appOfEnvironment(): DynamicModule {
  const config = readConfig(process.env);
  for (const warning of config.warnings) console.warn(`Warning: ${warning}`);
  return AppModule.forRoot(config);
}
