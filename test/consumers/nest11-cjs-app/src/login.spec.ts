import { Test } from '@nestjs/testing';
import { MemoryRevocations, SecurityPolicy, TokenService } from 'nestjs-jwt-policy';
import { revocationStoreContract } from 'nestjs-jwt-policy/testing';
import { AppModule } from './app.module';
import { LoginController } from './login.controller';

it('gives joe a token that verifies, and decides without a request', async () => {
  const app = await Test.createTestingModule({ imports: [AppModule] }).compile();
  const { token } = await app.get(LoginController).logIn({ name: 'joe' });
  const verified = await app.get(TokenService).verify(token);
  expect(verified).toMatchObject({ subject: 'joe', permissions: ['view', 'edit'] });
  expect(app.get(SecurityPolicy).permits(null, 'view')).toMatchObject({ allowed: false, code: 'ERR_TOKEN_MISSING' });
});

it('no longer verifies what was revoked', async () => {
  const app = await Test.createTestingModule({ imports: [AppModule] }).compile();
  const tokens = app.get(TokenService);
  const { token } = await tokens.issue({ id: 'joe' });
  await tokens.revoke(token);
  await expect(tokens.verify(token)).rejects.toMatchObject({ code: 'ERR_TOKEN_REVOKED' });
});

describe('the store in memory', () => {
  it.each(revocationStoreContract)('$name', async ({ run }) => {
    await expect(run({ create: () => new MemoryRevocations() })).resolves.toBeUndefined();
  });
});
