import { Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { Authenticated, CurrentIdentity, type Identity, TokenService } from 'nestjs-jwt-policy';

@Controller('logout')
export class LogoutController {
  constructor(private readonly tokens: TokenService) {}

  @Post()
  @Authenticated()
  @HttpCode(HttpStatus.NO_CONTENT)
  async logOut(@CurrentIdentity() me: Identity) {
    await this.tokens.revoke(me.token);
  }
}
