import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Authenticator } from './authenticator.js';
import { attachIdentity, exchangeOf, nodeRequest, openExchange } from './contexts/http.js';
import type { Requirement } from './decide/requirement.js';
import { SecurityPolicy } from './decide/security-policy.js';
import { PolicyUnavailable } from './errors.js';
import type { Identity } from './identify/identity.js';
import { type Matter, Responder } from './respond/responder.service.js';
import { RouteRules } from './route-rules.service.js';

/** Authenticates, decides, responds: the handler runs only after a decision that allows it. */
@Injectable()
export class PermissionsGuard implements CanActivate {
  /** @internal */
  constructor(
    private readonly routes: RouteRules,
    private readonly authenticator: Authenticator,
    private readonly policy: SecurityPolicy,
    private readonly responder: Responder,
    private readonly host: HttpAdapterHost,
  ) {}

  /** @throws {PolicyException} for every request that is not allowed. */
  canActivate(context: ExecutionContext): true | Promise<true> {
    const controller = context.getClass();
    const handler = context.getHandler();
    const matter: Matter = { route: `${controller.name}.${handler.name}` };
    try {
      this.welcome(context);
      const rule = this.routes.ruleFor(controller, handler);
      if (rule.settled) return this.responder.conclude(rule.settled, matter);
      const found = authenticated(context);
      if (!(found instanceof Promise)) return this.decide(context, rule.requirement, found, matter);
      return found
        .then((identity) => this.decide(context, rule.requirement, identity, matter))
        .catch((error: unknown) => this.reject(context, error, matter));
    } catch (error) {
      return this.reject(context, error, matter);
    }
  }

  /**
   * Remembers of an HTTP request whose it is to answer, and how: Passport's registry belongs to the process, and a
   * strategy sees neither the route nor the response.
   *
   * @internal
   */
  welcome(context: ExecutionContext): void {
    if (context.getType() !== 'http') return;
    const http = context.switchToHttp();
    const request = http.getRequest<unknown>();
    const { staleness } = this.routes.ruleFor(context.getClass(), context.getHandler());
    openExchange(request, {
      authenticate: () => this.authenticator.authenticate(nodeRequest(request), staleness),
      challenge: (value) => this.host.httpAdapter.setHeader(http.getResponse(), 'WWW-Authenticate', value),
    });
  }

  private decide(context: ExecutionContext, requirement: Requirement, identity: Identity | null, matter: Matter): true {
    if (identity) attachIdentity(context.switchToHttp().getRequest(), identity);
    return this.responder.conclude(this.policy.permits(identity, requirement), { ...matter, identity });
  }

  private reject(context: ExecutionContext, error: unknown, matter: Matter): never {
    const exception = this.responder.rejection(error, matter);
    if (exception.challenge && context.getType() === 'http') {
      exchangeOf(context.switchToHttp().getRequest())?.challenge(exception.challenge);
    }
    throw exception;
  }
}

function authenticated(context: ExecutionContext): Identity | null | Promise<Identity | null> {
  const exchange = context.getType() === 'http' ? exchangeOf(context.switchToHttp().getRequest()) : undefined;
  if (exchange) return exchange.authenticate();
  throw new PolicyUnavailable(`no way to take a token from the context "${context.getType<string>()}"`);
}
