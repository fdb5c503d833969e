import { Body, Controller, HttpCode, HttpStatus, Ip, Post, UnauthorizedException } from '@nestjs/common';
import { Public, TokenService } from 'nestjs-jwt-policy';
import { type Credentials, credentialsSchema } from './login.schema.js';
import { LoginService } from './login.service.js';

@Controller('login')
export class LoginController {
  constructor(
    private readonly login: LoginService,
    private readonly tokens: TokenService,
  ) {}

  @Post()
  @Public()
  @HttpCode(HttpStatus.OK)
  async logIn(@Body({ schema: credentialsSchema }) credentials: Credentials, @Ip() address: string) {
    const user = await this.login.logIn(credentials, address);
    if (user === undefined) throw new UnauthorizedException('The user name or the password is wrong');
    const { id, name, permissions } = user;
    const { token, expiresAt } = await this.tokens.issue({ id, name, permissions });
    return { result: 'ok', token, expiresAt: expiresAt.toISOString() };
  }
}
