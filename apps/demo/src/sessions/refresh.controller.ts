import { Body, Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { Public, TokenService } from 'nestjs-jwt-policy';
import { type RefreshInput, refreshSchema } from './sessions.schema.js';

/** Public: the refresh token says whose it is, and the access token may have ended. */
@Controller('refresh')
export class RefreshController {
  constructor(private readonly tokens: TokenService) {}

  @Post()
  @Public()
  @HttpCode(HttpStatus.OK)
  async refresh(@Body({ schema: refreshSchema }) input: RefreshInput) {
    const { token, expiresAt, refreshToken, refreshExpiresAt } = await this.tokens.refresh(input.refreshToken);
    return { token, expiresAt, refreshToken, refreshExpiresAt };
  }
}
