import { Controller, Get, Post, Req, UseGuards } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { CurrentIdentity, type Identity, Public, RequirePermission } from 'nestjs-jwt-policy';

@Controller('basket')
export class BasketController {
  @Get()
  @RequirePermission('view')
  show(@CurrentIdentity() me: Identity) {
    return { owner: me.id, mayEdit: me.permissions.has('edit') };
  }

  @Post()
  @RequirePermission('edit')
  add(@CurrentIdentity() me: Identity) {
    return { owner: me.id };
  }

  @Get('passport')
  @Public()
  @UseGuards(AuthGuard('jwt'))
  showByPassport(@Req() request: { user: Identity }) {
    return { owner: request.user.id };
  }

  @Get('undeclared')
  undeclared() {
    return {};
  }
}
