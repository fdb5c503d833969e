import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { type Exchange, HttpExchanges } from './contexts/http.js';
import { rememberReply } from './cookies/response-headers.js';
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
      this.refuseOtherSites(context, exchange, route);
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
   * What holds on every HTTP route, guarded or not. Remembers of a request whose it is to answer, and how, since a Passport
   * strategy sees neither the route nor the response; and asks for proof that no other site has sent it.
   *
   * @internal
   */
  welcome(context: ExecutionContext): true {
    if (context.getType() !== 'http') return true;
    let route: Route | undefined;
    try {
      route = this.routes.of(context.getClass(), context.getHandler());
      this.refuseOtherSites(context, this.open(context, route), route);
      return true;
    } catch (error) {
      return this.reject(context, route, error);
    }
  }

  private open(context: ExecutionContext, route: Route): Exchange | undefined {
    if (context.getType() !== 'http') return undefined;
    const http = context.switchToHttp();
    const response: unknown = http.getResponse();
    if (this.exchanges.crossSite) rememberReply(response);
    return this.exchanges.open(http.getRequest(), response, route);
  }

  private refuseOtherSites(context: ExecutionContext, exchange: Exchange | undefined, route: Route): void {
    if (!this.exchanges.crossSite || route.crossSite) return;
    if (!exchange) throw new PolicyUnavailable(`no way to tell who sends what in the context "${context.getType()}"`);
    const refusal = exchange.crossSiteRefusal();
    if (refusal) this.responder.conclude(refusal, { route: route.name });
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
