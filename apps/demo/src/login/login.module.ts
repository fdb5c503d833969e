import { Module } from '@nestjs/common';
import { ThrottlerModule } from '@nestjs/throttler';
import { Config } from '../config.js';
import { UsersModule } from '../users/users.module.js';
import { Attempts } from './attempt.js';
import { limits } from './limits.js';
import { LoginController } from './login.controller.js';
import { LoginService } from './login.service.js';
import { LogoutController } from './logout.controller.js';
import { Places } from './places.js';

@Module({
  imports: [UsersModule, ThrottlerModule.forRootAsync(limits)],
  controllers: [LoginController, LogoutController],
  providers: [
    LoginService,
    Attempts,
    {
      provide: Places,
      inject: [Config],
      useFactory: ({ logIn }: Config) => new Places(logIn.hashesAtOnce, logIn.hashesWaiting),
    },
  ],
})
export class LoginModule {}
