import { Controller, Get, type INestApplication, UseGuards } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import {
  Authenticated,
  CurrentIdentity,
  Freshness,
  type Identity,
  type JwtPolicyOptions,
  JwtPolicyModule,
  Public,
  RequirePermission,
  secretKey,
} from 'nestjs-jwt-policy';
import { send } from '../support/http.js';
import { listen, PLATFORMS } from '../support/platforms.js';
import { AUDIENCE, ISSUER, SECRET, token } from '../support/tokens.js';

const policy = (more: Partial<JwtPolicyOptions> = {}) =>
  JwtPolicyModule.forRoot({ issuer: ISSUER, audience: AUDIENCE, keys: secretKey(SECRET), ...more });

/** What caching, tracing and transaction decorators do: another function takes the place of the method. */
const Wrapped = (): MethodDecorator => (_target, _name, descriptor) => {
  const inner = descriptor.value as unknown as (...args: unknown[]) => unknown;
  const outer = function (this: unknown, ...args: unknown[]): unknown {
    return inner.apply(this, args);
  };
  for (const key of Reflect.getMetadataKeys(inner) as string[]) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, inner), outer);
  }
  descriptor.value = outer as never;
};

@Controller('wrapped')
@Public()
class WrappedController {
  @Get()
  @Wrapped()
  @RequirePermission('edit')
  show(): string {
    return 'shown';
  }
}

class Base {
  @Get('page')
  @RequirePermission('edit')
  page(): string {
    return 'base';
  }

  @Get('door')
  @Public()
  door(): string {
    return 'base';
  }
}

@Controller('derived')
class Derived extends Base {
  @Get('page')
  override page(): string {
    return 'derived';
  }

  @Get('door')
  override door(): string {
    return 'derived';
  }
}

@Controller('passport')
@Public()
class PassportController {
  @Get()
  @UseGuards(AuthGuard('jwt'))
  show(@CurrentIdentity() me: Identity): object {
    return [...me.permissions];
  }

  @Get('live')
  @Freshness('live')
  @UseGuards(AuthGuard('jwt'))
  live(@CurrentIdentity() me: Identity): object {
    return [...me.permissions];
  }
}

describe.each(PLATFORMS)('a requirement on %s', (_name, adapter) => {
  let app: INestApplication;
  let url: string;
  beforeAll(async () => {
    ({ app, url } = await listen({ imports: [policy()], controllers: [WrappedController, Derived] }, adapter));
  });
  afterAll(() => app.close());

  it('holds for a method that another decorator wraps', async () => {
    expect((await send(`${url}/wrapped`)).status).toBe(401);
    expect((await send(`${url}/wrapped`, `Bearer ${token()}`)).status).toBe(403);
    expect((await send(`${url}/wrapped`, `Bearer ${token({ permissions: ['edit'] })}`)).status).toBe(200);
  });

  it('holds for a method that overrides the one it was written on', async () => {
    expect((await send(`${url}/derived/page`, `Bearer ${token()}`)).status).toBe(403);
    expect((await send(`${url}/derived/page`, `Bearer ${token({ permissions: ['edit'] })}`)).body).toBe('derived');
  });

  it('is not lifted by the openness of an overridden method', async () => {
    expect((await send(`${url}/derived/door`)).body).toMatchObject({ code: 'ERR_ROUTE_UNDECLARED' });
  });
});

describe.each(PLATFORMS)("AuthGuard('jwt') on %s", (_name, adapter) => {
  it('answers for the app that the request came to, whichever app started last', async () => {
    const identify = { load: async () => ({ permissions: [] }) };
    const other = policy({ keys: secretKey(`${SECRET}-of-another-app`), audience: 'another-api', identify });
    const first = await listen({ imports: [policy({ identify })], controllers: [PassportController] }, adapter);
    const second = await listen({ imports: [other], controllers: [PassportController] }, adapter);
    expect((await send(`${first.url}/passport`, `Bearer ${token()}`)).status).toBe(200);
    expect((await send(`${second.url}/passport`, `Bearer ${token()}`)).status).toBe(401);
    expect((await send(`${second.url}/passport`)).challenge).toBe('Bearer realm="another-api"');
    await second.app.close();
    await first.app.close();
  });

  it.each(['global', 'manual'] as const)('keeps to the freshness of the route when the guard is %s', async (guard) => {
    const identify = { load: async () => ({ permissions: ['loaded'] }), freshness: 'token' } as const;
    const { app, url } = await listen(
      { imports: [policy({ guard, identify })], controllers: [PassportController] },
      adapter,
    );
    expect((await send(`${url}/passport`, `Bearer ${token()}`)).body).toEqual(['view']);
    expect((await send(`${url}/passport/live`, `Bearer ${token()}`)).body).toEqual(['loaded']);
    await app.close();
  });
});

// What @MessagePattern() of @nestjs/microservices does.
const MessagePattern = (): MethodDecorator => (_target, _name, descriptor) =>
  Reflect.defineMetadata('microservices:pattern', ['secret'], descriptor.value as never);

describe('a handler of messages', () => {
  it('that asks for a permission stops the app, as no guard of HTTP would see it', async () => {
    @Controller()
    @Authenticated()
    class Mixed {
      @MessagePattern()
      secret(): string {
        return 'secret';
      }
    }
    await expect(listen({ imports: [policy()], controllers: [Mixed] }, PLATFORMS[0][1])).rejects.toThrow(
      'Mixed.secret handles messages, and declares what only holds for HTTP',
    );
  });
});
