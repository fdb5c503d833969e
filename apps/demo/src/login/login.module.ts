import { Module } from '@nestjs/common';
import { UsersModule } from '../users/users.module.js';
import { LoginController } from './login.controller.js';
import { LoginService } from './login.service.js';
import { LogoutController } from './logout.controller.js';

@Module({
  imports: [UsersModule],
  controllers: [LoginController, LogoutController],
  providers: [LoginService],
})
export class LoginModule {}
