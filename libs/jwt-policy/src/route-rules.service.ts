import { Injectable, Logger, type OnApplicationBootstrap, RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { isDeclared, routeRule, type RouteRule } from './decide/route-rule.js';
import { PolicyConfigurationError } from './errors.js';
import type { JwtPolicySettings } from './jwt-policy.options.js';
import { declarationOfClass, declarationOfMethod } from './require-permission.decorator.js';

interface Route {
  readonly controller: Type<unknown>;
  readonly method: object;
  readonly label: string;
}

const EFFECTS = { deny: 'refuse with 403', authenticated: 'ask for any valid token', allow: 'are open' } as const;

/** The rule of every route, computed once and kept: a request only looks it up. */
@Injectable()
export class RouteRules implements OnApplicationBootstrap {
  // By class and method: a method that two classes inherit has a rule in each.
  private readonly rules = new WeakMap<object, Map<object, RouteRule>>();

  constructor(
    private readonly settings: JwtPolicySettings,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  ruleFor(controller: Type<unknown>, method: object): RouteRule {
    let ofClass = this.rules.get(controller);
    if (!ofClass) this.rules.set(controller, (ofClass = new Map<object, RouteRule>()));
    let rule = ofClass.get(method);
    if (!rule) ofClass.set(method, (rule = this.compute(controller, method)));
    return rule;
  }

  onApplicationBootstrap(): void {
    const routes = this.routes();
    for (const { controller, method } of routes) this.ruleFor(controller, method);
    if (this.settings.guard === 'global') this.warnOfUndeclared(routes);
  }

  private compute(controller: Type<unknown>, method: object): RouteRule {
    const rule = routeRule(declarationOfClass(controller), declarationOfMethod(method), this.settings.decide);
    if (!rule.settled && rule.freshness === 'live' && !this.settings.identify.load) {
      throw new PolicyConfigurationError(
        `@Freshness('live') on ${controller.name}`,
        'asks for permissions that nothing loads',
        'give identify.load',
      );
    }
    return rule;
  }

  private warnOfUndeclared(routes: readonly Route[]): void {
    const undeclared = routes
      .filter(({ controller, method }) => !isDeclared(declarationOfClass(controller), declarationOfMethod(method)))
      .map(({ label }) => label);
    if (undeclared.length === 0) return;
    new Logger('JwtPolicy').warn(
      `${undeclared.length} route(s) declare nothing and ${EFFECTS[this.settings.decide.undeclared]}: ` +
        `${undeclared.join(', ')}. Write @RequirePermission(), @Authenticated() or @Public() on each.`,
    );
  }

  private routes(): Route[] {
    return this.discovery.getControllers().flatMap(({ metatype }) => {
      const controller = metatype as Type<Record<string, object>>;
      const prototype = controller.prototype as Record<string, object>;
      return this.scanner
        .getAllMethodNames(prototype)
        .map((name) => ({ name, method: prototype[name] }))
        .filter(({ method }) => Reflect.hasMetadata(PATH_METADATA, method))
        .map(({ name, method }) => ({ controller, method, label: `${verbOf(method)} ${controller.name}.${name}` }));
    });
  }
}

function verbOf(method: object): string {
  return RequestMethod[Reflect.getMetadata(METHOD_METADATA, method) as RequestMethod];
}
