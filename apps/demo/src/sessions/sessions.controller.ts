import { Controller, Delete, Get, HttpCode, HttpStatus, NotFoundException, Param } from '@nestjs/common';
import { Authenticated, CurrentIdentity, type Identity, TokenService } from 'nestjs-jwt-policy';
import { sessionIdSchema } from './sessions.schema.js';

@Controller('sessions')
@Authenticated()
export class SessionsController {
  constructor(private readonly tokens: TokenService) {}

  @Get()
  async list(@CurrentIdentity() me: Identity) {
    const sessions = await this.tokens.sessions(me.id);
    return { sessions: sessions.map((session) => ({ ...session, current: session.id === me.token.sessionId })) };
  }

  @Delete(':id')
  @HttpCode(HttpStatus.NO_CONTENT)
  async close(@CurrentIdentity() me: Identity, @Param('id', { schema: sessionIdSchema }) id: string) {
    if (!(await this.tokens.closeSession(id, me.id))) throw new NotFoundException('You have no such session');
  }
}
