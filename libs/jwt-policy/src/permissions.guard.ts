import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { type Exchange, HttpExchanges } from './contexts/http.js';
import { SecurityPolicy } from './decide/security-policy.js';
import { PolicyUnavailable } from './errors.js';
import type { Identity } from './identify/identity.js';
import { Responder } from './respond/responder.service.js';
import { type Route, RouteRules } from './route-rules.service.js';

type OpenRoute = Route & { readonly settled: null };

/** Authenticates, decides, responds: the handler runs only after a decision that allows it. */
@Injectable()
export class PermissionsGuard implements CanActivate {
  /** @internal */
  constructor(
    private readonly routes: RouteRules,
    private readonly exchanges: HttpExchanges,
    private readonly policy: SecurityPolicy,
    private readonly responder: Responder,
  ) {}

  /** @throws {PolicyException} for every request that is not allowed. */
  canActivate(context: ExecutionContext): true | Promise<true> {
    let route: Route | undefined;
    try {
      route = this.routes.of(context.getClass(), context.getHandler());
      const exchange = this.open(context, route);
      const crossSite = route.crossSite ? undefined : exchange?.crossSiteRefusal();
      if (crossSite) return this.responder.conclude(crossSite, { route: route.name });
      if (route.settled) return this.responder.conclude(route.settled, { route: route.name });
      if (!exchange) throw new PolicyUnavailable(`no way to take a token from the context "${context.getType()}"`);
      const found = exchange.authenticate();
      return found instanceof Promise
        ? this.decideLater(context, exchange, route, found)
        : this.decide(exchange, route, found);
    } catch (error) {
      return this.reject(context, route, error);
    }
  }

  /**
   * Remembers of an HTTP request whose it is to answer, and how: a Passport strategy sees neither the route nor the
   * response.
   *
   * @internal
   */
  welcome(context: ExecutionContext): void {
    this.open(context, this.routes.of(context.getClass(), context.getHandler()));
  }

  private open(context: ExecutionContext, { staleness }: Route): Exchange | undefined {
    if (context.getType() !== 'http') return undefined;
    const http = context.switchToHttp();
    return this.exchanges.open(http.getRequest(), http.getResponse(), staleness);
  }

  private async decideLater(
    context: ExecutionContext,
    exchange: Exchange,
    route: OpenRoute,
    found: Promise<Identity | null>,
  ): Promise<true> {
    try {
      return this.decide(exchange, route, await found);
    } catch (error) {
      return this.reject(context, route, error);
    }
  }

  private decide(exchange: Exchange, { name, requirement }: OpenRoute, identity: Identity | null): true {
    if (identity) exchange.admit(identity);
    return this.responder.conclude(this.policy.permits(identity, requirement), { route: name, identity });
  }

  private reject(context: ExecutionContext, route: Route | undefined, error: unknown): never {
    const name = route?.name ?? `${context.getClass().name}.${context.getHandler().name}`;
    const exception = this.responder.rejection(error, { route: name });
    if (exception.challenge && context.getType() === 'http') {
      this.exchanges.challenge(context.switchToHttp().getResponse(), exception.challenge);
    }
    throw exception;
  }
}
