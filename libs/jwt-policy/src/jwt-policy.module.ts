import {
  type ExecutionContext,
  Global,
  Logger,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import {
  APP_FILTER,
  APP_GUARD,
  APP_INTERCEPTOR,
  DiscoveryModule,
  DiscoveryService,
  HttpAdapterHost,
  MetadataScanner,
  ModulesContainer,
} from '@nestjs/core';
import { Authenticator } from './authenticator.js';
import { HttpExchanges } from './contexts/http.js';
import { CookieRenewalInterceptor } from './cookie-renewal.interceptor.js';
import { SecurityPolicy } from './decide/security-policy.js';
import { PolicyConfigurationError } from './errors.js';
import { BoundedLoader } from './identify/bounded-loader.js';
import { IdentityResolver } from './identify/identity-resolver.js';
import { Revocations } from './identify/revocations.js';
import { Sessions } from './issue/sessions/sessions.js';
import { TokenIssuer } from './issue/token-issuer.js';
import { TokenRenewer } from './issue/token-renewer.js';
import { KeySources } from './keys/key-sources.js';
import { PublishedKeys } from './keys/published-keys.js';
import type { TokenLife } from './keys/ring/held-key.js';
import { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } from './jwt-policy.module-definition.js';
import { checkOptions, type JwtPolicySettings, SETTINGS } from './jwt-policy.options.js';
import { JwtStrategy } from './jwt.strategy.js';
import { PermissionsGuard } from './permissions.guard.js';
import { PolicyErrorFilter } from './respond/policy-error.filter.js';
import { Responder } from './respond/responder.service.js';
import { RouteRules } from './route-rules.service.js';
import { TokenService } from './token.service.js';
import { TokenVerifier } from './verify/token-verifier.js';

/**
 * Guards the app: import it once, in the root module, through `forRoot()` or `forRootAsync()`. It is global: inject
 * `TokenService` and `SecurityPolicy` anywhere.
 *
 * @throws {PolicyConfigurationError} while the app starts, for any mistake in the options.
 * @example JwtPolicyModule.forRoot({ issuer: 'https://shop.example', audience: 'shop-api', keys: secretKey(process.env.JWT_SECRET) })
 */
@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [
    { provide: SETTINGS, inject: [{ token: MODULE_OPTIONS_TOKEN, optional: true }], useFactory: checkOptions },
    {
      provide: TokenVerifier,
      inject: [SETTINGS],
      useFactory: ({ verify }: JwtPolicySettings) => new TokenVerifier(verify),
    },
    {
      provide: TokenIssuer,
      inject: [SETTINGS],
      useFactory: ({ ring, issue }: JwtPolicySettings) => new TokenIssuer(ring, issue),
    },
    { provide: KeySources, inject: [SETTINGS], useFactory: (settings: JwtPolicySettings) => keySourcesOf(settings) },
    {
      provide: PublishedKeys,
      inject: [SETTINGS],
      useFactory: ({ keys }: JwtPolicySettings) => new PublishedKeys(keys),
    },
    {
      provide: Revocations,
      inject: [SETTINGS],
      useFactory: ({ identify, revocationRules }: JwtPolicySettings) =>
        new Revocations(identify.revocations, revocationRules),
    },
    {
      provide: BoundedLoader,
      inject: [SETTINGS],
      useFactory: ({ identify: { load, timeout } }: JwtPolicySettings) => new BoundedLoader(load, timeout),
    },
    {
      provide: IdentityResolver,
      inject: [Revocations, BoundedLoader],
      useFactory: (revocations: Revocations, loader: BoundedLoader) => new IdentityResolver(revocations, loader),
    },
    {
      provide: Authenticator,
      inject: [SETTINGS, TokenVerifier, IdentityResolver],
      useFactory: ({ extract }: JwtPolicySettings, verifier: TokenVerifier, resolver: IdentityResolver) =>
        new Authenticator(extract, verifier, resolver),
    },
    {
      provide: HttpExchanges,
      inject: [SETTINGS, Authenticator, HttpAdapterHost],
      useFactory: ({ identify, crossSite }: JwtPolicySettings, authenticator: Authenticator, host: HttpAdapterHost) =>
        new HttpExchanges(authenticator, host, identify.staleness, crossSite),
    },
    {
      provide: Sessions,
      inject: [SETTINGS, TokenIssuer, TokenVerifier, Revocations, BoundedLoader],
      useFactory: (
        { sessions }: JwtPolicySettings,
        issuer: TokenIssuer,
        verifier: TokenVerifier,
        revocations: Revocations,
        loader: BoundedLoader,
      ) => new Sessions(sessions, { issuer, verifier, revocations, loader }),
    },
    {
      provide: TokenRenewer,
      inject: [SETTINGS, Sessions, TokenIssuer, Revocations, BoundedLoader],
      useFactory: (
        { sessions: { absolute } }: JwtPolicySettings,
        { store }: Sessions,
        issuer: TokenIssuer,
        revocations: Revocations,
        loader: BoundedLoader,
      ) => new TokenRenewer(store, { issuer, revocations, loader }, absolute),
    },
    {
      provide: TokenService,
      inject: [TokenIssuer, TokenVerifier, Revocations, Sessions, TokenRenewer],
      useFactory: (
        issuer: TokenIssuer,
        verifier: TokenVerifier,
        revocations: Revocations,
        sessions: Sessions,
        renewer: TokenRenewer,
      ) => new TokenService(issuer, verifier, revocations, sessions, renewer),
    },
    {
      provide: RouteRules,
      inject: [SETTINGS, DiscoveryService, MetadataScanner],
      useFactory: (settings: JwtPolicySettings, discovery: DiscoveryService, scanner: MetadataScanner) =>
        new RouteRules(settings, discovery, scanner),
    },
    { provide: Responder, inject: [SETTINGS], useFactory: ({ realm }: JwtPolicySettings) => new Responder(realm) },
    {
      provide: JwtStrategy,
      inject: [HttpExchanges, Responder],
      useFactory: (exchanges: HttpExchanges, responder: Responder) => new JwtStrategy(exchanges, responder),
    },
    {
      provide: APP_FILTER,
      inject: [Responder, HttpAdapterHost],
      useFactory: (responder: Responder, host: HttpAdapterHost) => new PolicyErrorFilter(responder, host),
    },
    SecurityPolicy,
    PermissionsGuard,
    {
      provide: APP_GUARD,
      inject: [SETTINGS, PermissionsGuard],
      useFactory: ({ guard }: JwtPolicySettings, permissions: PermissionsGuard) =>
        guard === 'global' ? permissions : { canActivate: (context: ExecutionContext) => permissions.welcome(context) },
    },
    {
      provide: APP_INTERCEPTOR,
      inject: [SETTINGS, TokenService, Revocations],
      // Nest skips what a factory leaves out, so that nothing is paid for where nothing is renewed.
      useFactory: ({ cookies }: JwtPolicySettings, tokens: TokenService, revocations: Revocations) =>
        cookies?.rules.renewal && new CookieRenewalInterceptor(cookies, cookies.rules.renewal, tokens, revocations),
    },
  ],
  // The guard is made anew in every module that names it in @UseGuards(), so what it needs must be in reach there.
  exports: [
    TokenService,
    SecurityPolicy,
    JwtStrategy,
    PermissionsGuard,
    RouteRules,
    HttpExchanges,
    Responder,
    PublishedKeys,
  ],
})
export class JwtPolicyModule extends ConfigurableModuleClass implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('JwtPolicy');

  /** @internal */
  constructor(
    private readonly strategy: JwtStrategy,
    private readonly revocations: Revocations,
    private readonly sessions: Sessions,
    private readonly keys: KeySources,
    private readonly discovery: DiscoveryService,
    modules: ModulesContainer,
  ) {
    super();
    if ([...modules.values()].filter(({ metatype }) => metatype === JwtPolicyModule).length > 1) {
      throw new PolicyConfigurationError(
        'JwtPolicyModule',
        'is imported twice, and each import would guard by its own options',
        'call forRoot() or forRootAsync() once, in the root module; it is global',
      );
    }
  }

  async onModuleInit(): Promise<void> {
    this.refuseRivals();
    await this.keys.open((problem) => this.logger.error(problem.message, causeOf(problem)));
    await this.revocations.open();
    await this.sessions.store.open();
  }

  // Not sooner: the last requests are still being answered while modules are destroyed.
  async onApplicationShutdown(): Promise<void> {
    await this.revocations.close();
    await this.keys.close();
  }

  private refuseRivals(): void {
    const rivals = new Set(this.strategy.rivals());
    const rival = this.discovery.getProviders().find(({ instance }) => rivals.has(instance));
    if (!rival) return;
    throw new PolicyConfigurationError(
      String(rival.name),
      `is a second Passport strategy with the name 'jwt', and only one of the two would be asked`,
      `remove it, or give it another name: PassportStrategy(Strategy, 'other')`,
    );
  }
}

function keySourcesOf({ verify, revocationRules: { leeway, longestLife }, issue }: JwtPolicySettings): KeySources {
  const limited = (life: number): TokenLife => ({ endOf: (issuedAt) => issuedAt.getTime() + life, leeway });
  const issued: TokenLife = { endOf: (issuedAt) => issue.expiry(issuedAt).getTime(), leeway };
  const [own, ...others] = verify.issuers.map(({ keys }) => keys);
  return new KeySources([
    { source: own, life: longestLife === undefined ? issued : limited(longestLife) },
    ...others.map((source) => ({ source, life: limited(longestLife ?? Number.POSITIVE_INFINITY) })),
  ]);
}

function causeOf({ cause }: Error): string | undefined {
  return cause instanceof Error ? cause.stack : undefined;
}
