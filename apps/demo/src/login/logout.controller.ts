import { Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { Authenticated, CurrentIdentity, type Identity, TokenService } from 'nestjs-jwt-policy';

@Controller('logout')
export class LogoutController {
  constructor(private readonly tokens: TokenService) {}

  @Post()
  @Authenticated()
  @HttpCode(HttpStatus.NO_CONTENT)
  async logOut(@CurrentIdentity() { id: subject, token }: Identity) {
    const { sessionId } = token;
    const closed = sessionId !== undefined && (await this.tokens.closeSession(sessionId, subject));
    if (!closed) await this.tokens.revoke(token);
  }
}
