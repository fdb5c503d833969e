import { Body, Controller, Post } from '@nestjs/common';
import { type Permission, Public, TokenService } from 'nestjs-jwt-policy';

const people: Record<string, Permission[]> = { joe: ['view', 'edit'], ann: ['view'] };

@Controller('login')
export class LoginController {
  constructor(private readonly tokens: TokenService) {}

  @Post()
  @Public()
  logIn(@Body() { name }: { name: string }) {
    return this.tokens.issue({ id: name, permissions: people[name] ?? [] });
  }
}
