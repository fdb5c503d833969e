import {
  Body,
  Controller,
  HttpCode,
  HttpStatus,
  Post,
  UnauthorizedException,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { Public, TokenService } from 'nestjs-jwt-policy';
import { LogInGuard } from './log-in.guard.js';
import { LogInInterceptor } from './log-in.interceptor.js';
import { type LogIn, logInSchema } from './login.schema.js';
import { LoginService } from './login.service.js';

@Controller('login')
export class LoginController {
  constructor(
    private readonly login: LoginService,
    private readonly tokens: TokenService,
  ) {}

  @Post()
  @Public()
  @UseGuards(LogInGuard)
  @UseInterceptors(LogInInterceptor)
  @HttpCode(HttpStatus.OK)
  async logIn(@Body({ schema: logInSchema }) { session, device, ...credentials }: LogIn) {
    const user = await this.login.logIn(credentials);
    if (user === undefined) throw new UnauthorizedException('The user name or the password is wrong');
    const { id, name, permissions } = user;
    if (!session) {
      const { token, expiresAt } = await this.tokens.issue({ id, name, permissions });
      return { result: 'ok', token, expiresAt };
    }
    const opened = await this.tokens.openSession({ id, name, permissions }, { device });
    const { token, expiresAt, refreshToken, refreshExpiresAt } = opened;
    return { result: 'ok', token, expiresAt, refreshToken, refreshExpiresAt };
  }
}
