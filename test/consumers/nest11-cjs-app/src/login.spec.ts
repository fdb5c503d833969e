import { Test } from '@nestjs/testing';
import { SecurityPolicy, TokenService } from 'nestjs-jwt-policy';
import { AppModule } from './app.module';
import { LoginController } from './login.controller';

it('gives joe a token that verifies, and decides without a request', async () => {
  const app = await Test.createTestingModule({ imports: [AppModule] }).compile();
  const { token } = await app.get(LoginController).logIn({ name: 'joe' });
  const verified = await app.get(TokenService).verify(token);
  expect(verified).toMatchObject({ subject: 'joe', permissions: ['view', 'edit'] });
  expect(app.get(SecurityPolicy).permits(null, 'view')).toMatchObject({ allowed: false, code: 'ERR_TOKEN_MISSING' });
});
