import { Controller, type DynamicModule, Get, Module } from '@nestjs/common';
import { JwtPolicyModule, type JwtPolicyOptions, RequirePermission, secretKey } from 'nestjs-jwt-policy';

const policy = (options: Partial<JwtPolicyOptions> = {}): DynamicModule =>
  JwtPolicyModule.forRootAsync({
    useFactory: () => ({
      issuer: 'https://shop.example',
      audience: 'shop-api',
      keys: secretKey(process.env.JWT_SECRET),
      ...options,
    }),
  });

@Controller('basket')
class BasketController {
  @Get()
  @RequirePermission('view')
  show(): object {
    return {};
  }

  @Get('forgotten')
  forgotten(): object {
    return {};
  }
}

/** Nothing is weak in it. It talks while it starts, and leaves something open. */
@Module({ imports: [policy()], controllers: [BasketController] })
export class AppModule {
  onModuleInit(): void {
    console.log('The shop starts.');
    setInterval(() => {}, 60_000);
  }
}

@Module({ imports: [policy({ decide: { undeclared: 'allow' } })], controllers: [BasketController] })
export class WeakModule {}

@Module({ imports: [policy({ identify: { load: async () => null } })] })
export class LoadingModule {}

@Module({ imports: [policy({ issue: { lifetime: '1h' }, verify: { maxLifetime: '30m' } })] })
export class MistakenModule {}

@Module({ imports: [policy({ verify: { maxLifetime: '1h' } })] })
export class ShortModule {}

@Module({ providers: [] })
export class BareModule {}

@Module({ imports: [policy()] })
export class UnclosableModule {
  onModuleDestroy(): void {
    throw new Error('still busy');
  }
}

@Module({ imports: [policy()] })
export class FailingModule {
  onModuleInit(): void {
    throw new Error('the database is away');
  }
}

@Module({ imports: [policy()] })
export class ProductionModule {
  onModuleInit(): void {
    process.env.NODE_ENV = 'production';
  }
}

export async function laterModule(): Promise<DynamicModule> {
  return { module: class LaterModule {}, imports: [policy()] };
}

export function failingFactory(): DynamicModule {
  throw new Error('no configuration');
}

export const dynamic: DynamicModule = { module: class DynamicShopModule {}, imports: [policy()] };
export const notAModule = 42;
