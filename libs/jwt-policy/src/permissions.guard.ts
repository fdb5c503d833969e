import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Authenticator } from './authenticator.js';
import { attachIdentity, nodeRequest } from './contexts/http.js';
import type { RequestLike } from './extract/carrier.js';
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
      const rule = this.routes.ruleFor(controller, handler);
      if (rule.settled) return this.responder.conclude(rule.settled, matter);
      const found = this.authenticator.authenticate(requestOf(context), rule.freshness);
      if (!(found instanceof Promise)) return this.decide(context, rule.requirement, found, matter);
      return found
        .then((identity) => this.decide(context, rule.requirement, identity, matter))
        .catch((error: unknown) => this.reject(context, error, matter));
    } catch (error) {
      return this.reject(context, error, matter);
    }
  }

  private decide(context: ExecutionContext, requirement: Requirement, identity: Identity | null, matter: Matter): true {
    if (identity) attachIdentity(context.switchToHttp().getRequest(), identity);
    return this.responder.conclude(this.policy.permits(identity, requirement), { ...matter, identity });
  }

  private reject(context: ExecutionContext, error: unknown, matter: Matter): never {
    const exception = this.responder.rejection(error, matter);
    // Set here as well as in the filter: an app's own catch-all filter would take its place.
    if (exception.challenge && context.getType() === 'http') {
      this.host.httpAdapter.setHeader(context.switchToHttp().getResponse(), 'WWW-Authenticate', exception.challenge);
    }
    throw exception;
  }
}

function requestOf(context: ExecutionContext): RequestLike {
  if (context.getType() === 'http') return nodeRequest(context.switchToHttp().getRequest());
  throw new PolicyUnavailable(`no way to take a token from the context "${context.getType<string>()}"`);
}
