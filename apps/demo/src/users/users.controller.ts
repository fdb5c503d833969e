import { Body, Controller, Get, NotFoundException, Param, Put } from '@nestjs/common';
import { Authenticated, CurrentIdentity, type Identity, RequirePermission, TokenService } from 'nestjs-jwt-policy';
import { type PermissionsInput, permissionsSchema, userIdSchema } from './users.schema.js';
import { UsersRepository } from './users.repository.js';

@Controller()
export class UsersController {
  constructor(
    private readonly users: UsersRepository,
    private readonly tokens: TokenService,
  ) {}

  @Get('me')
  @Authenticated()
  me(@CurrentIdentity() me: Identity) {
    return { id: me.id, name: me.name, permissions: [...me.permissions] };
  }

  @Put('users/:id/permissions')
  @RequirePermission('admin')
  async setPermissions(
    @Param('id', { schema: userIdSchema }) id: number,
    @Body({ schema: permissionsSchema }) { permissions }: PermissionsInput,
  ) {
    const user = await this.users.setPermissions(id, permissions);
    if (user === undefined) throw new NotFoundException('Nobody has this id');
    await this.tokens.forget(id);
    return { id: String(user.id), name: user.name, permissions: user.permissions };
  }
}
