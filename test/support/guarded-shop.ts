import { Controller, Get, type INestApplication, type ModuleMetadata, Post, UseGuards } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import {
  Authenticated,
  CurrentIdentity,
  type Identity,
  JwtPolicyModule,
  type JwtPolicyOptions,
  Public,
  RequirePermission,
  secretKey,
  TokenService,
} from 'nestjs-jwt-policy';
import { type Answer, send } from './http.js';
import { type AdapterFactory, listen } from './platforms.js';
import { sendRaw } from './raw-http.js';
import { AUDIENCE, ISSUER, SECRET } from './tokens.js';

let handlings = 0;

/** Every handler of a guarded shop ends here, so that a refusal can be shown to have kept them all from running. */
export function handled(me: Identity | null): object {
  handlings += 1;
  return { id: me?.id ?? null, permissions: [...(me?.permissions ?? [])] };
}

@Controller('basket')
class BasketController {
  @Get()
  @RequirePermission('view')
  show(@CurrentIdentity() me: Identity): object {
    return handled(me);
  }

  @Post()
  @RequirePermission('edit')
  add(@CurrentIdentity() me: Identity): object {
    return handled(me);
  }
}

@Controller()
class OtherController {
  @Get('me')
  @Authenticated()
  me(@CurrentIdentity() me: Identity): object {
    return handled(me);
  }

  @Get('open')
  @Public()
  open(@CurrentIdentity() me: Identity | null): object {
    return handled(me);
  }

  @Get('forgotten')
  forgotten(): object {
    return handled(null);
  }

  @Get('passport')
  @Public()
  @UseGuards(AuthGuard('jwt'))
  passport(@CurrentIdentity() me: Identity | null): object {
    return handled(me);
  }
}

/** An answer, and how many handlers ran for it. */
export interface HandledAnswer extends Answer {
  readonly handled: number;
}

export const OPTIONS: JwtPolicyOptions = { issuer: ISSUER, audience: AUDIENCE, keys: secretKey(SECRET) };

/** A listening shop. One request at a time: the handlers are counted between a request and its answer. */
export class GuardedShop {
  private constructor(
    readonly app: INestApplication,
    readonly url: string,
  ) {}

  static async open(
    adapter: AdapterFactory,
    options: Partial<JwtPolicyOptions> = {},
    { controllers = [], imports = [], ...metadata }: ModuleMetadata = {},
    prepare?: (app: INestApplication) => void,
  ): Promise<GuardedShop> {
    const { app, url } = await listen(
      {
        ...metadata,
        imports: [JwtPolicyModule.forRoot({ ...OPTIONS, ...options }), ...imports],
        controllers: [BasketController, OtherController, ...controllers],
      },
      adapter,
      prepare,
    );
    return new GuardedShop(app, url);
  }

  get tokens(): TokenService {
    return this.app.get(TokenService);
  }

  get(path: string, authorization?: string, init?: RequestInit): Promise<HandledAnswer> {
    return counted(() => send(this.url + path, authorization, init));
  }

  /** With headers written exactly so, for example `'Authorization: Bearer x'`. */
  raw(path: string, headers: readonly string[], method = 'GET'): Promise<HandledAnswer> {
    return counted(() => sendRaw(this.url, headers, { path, method }));
  }

  close(): Promise<void> {
    return this.app.close();
  }
}

async function counted(request: () => Promise<Answer>): Promise<HandledAnswer> {
  const before = handlings;
  const answer = await request();
  return { ...answer, handled: handlings - before };
}
