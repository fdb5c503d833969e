import { Injectable, Logger, type OnApplicationBootstrap, RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { refused } from './decide/decision.js';
import { isClosed, isDeclared, routeRule, type RouteRule } from './decide/route-rule.js';
import { PolicyConfigurationError } from './errors.js';
import type { HandledMethods } from './extract/cross-site.js';
import { FROM_TOKEN } from './identify/freshness.js';
import type { JwtPolicySettings } from './jwt-policy.options.js';
import { declarationOfClass, declarationOfMethod } from './require-permission.decorator.js';

interface Method {
  readonly controller: Type<unknown>;
  readonly name: string;
  readonly handler: { readonly name: string };
}

const EFFECTS = { deny: 'refuse every request', authenticated: 'ask for any valid token', allow: 'are open' } as const;
const NOT_A_METHOD: RouteRule = { settled: refused('ERR_ROUTE_UNDECLARED', 'the handler is no method of its class') };
// What @MessagePattern(), @EventPattern() and @SubscribeMessage() leave on a method.
const MESSAGE_METADATA = ['microservices:pattern', 'websockets:message_mapping'];

const SAFE_METHODS: ReadonlySet<RequestMethod | undefined> = new Set([
  RequestMethod.GET,
  RequestMethod.HEAD,
  RequestMethod.OPTIONS,
]);

/** A route: its rule, what it handles, and its name for logs and events. */
export type Route = RouteRule & { readonly name: string; readonly handled: HandledMethods };

/** The rule of every route, computed once and kept: a request only looks it up. */
@Injectable()
export class RouteRules implements OnApplicationBootstrap {
  // By class and handler: a method that two classes inherit has a rule in each.
  private readonly rules = new Map<object, Map<object, Route>>();

  constructor(
    private readonly settings: JwtPolicySettings,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  of(controller: Type<unknown>, handler: { readonly name: string }): Route {
    let ofClass = this.rules.get(controller);
    if (!ofClass) this.rules.set(controller, (ofClass = new Map<object, Route>()));
    let route = ofClass.get(handler);
    if (!route) {
      const name = `${controller.name}.${handler.name}`;
      route = { ...this.compute(controller, handler), name, handled: methodsHandledBy(handler) };
      ofClass.set(handler, route);
    }
    return route;
  }

  onApplicationBootstrap(): void {
    const methods = this.methods();
    const routes = methods.filter(({ handler }) => Reflect.hasMetadata(PATH_METADATA, handler));
    for (const { controller, handler } of routes) this.of(controller, handler);
    refuseUnreachable(methods);
    if (this.settings.guard === 'global') this.warnOfUndeclared(routes);
  }

  private compute(controller: Type<unknown>, handler: object): RouteRule {
    const method = this.methodsOf(controller).find((candidate) => candidate.handler === handler);
    if (!method) return NOT_A_METHOD;
    const declarations = declarationsOf(method);
    const rule = routeRule(...declarations, this.settings.decide);
    if (declarations[1].crossSite && !rule.crossSite) {
      throw new PolicyConfigurationError(
        `@CrossSite() on ${controller.name}.${method.name}`,
        'stands on a route that is not public, where a cookie would count whoever made the browser send it',
        'write @Public() beside it, or name the sites in cookies.origins',
      );
    }
    if (rule.staleness !== undefined && rule.staleness !== FROM_TOKEN && !this.settings.identify.load) {
      throw new PolicyConfigurationError(
        `@Freshness() on ${controller.name}.${method.name}`,
        'asks for permissions that nothing loads',
        'give identify.load',
      );
    }
    return rule;
  }

  private warnOfUndeclared(routes: readonly Method[]): void {
    const undeclared = routes.filter((method) => !isDeclared(...declarationsOf(method))).map(labelOf);
    if (undeclared.length === 0) return;
    new Logger('JwtPolicy').warn(
      `${undeclared.length} route(s) declare nothing and ${EFFECTS[this.settings.decide.undeclared]}: ` +
        `${undeclared.join(', ')}. Write @RequirePermission(), @Authenticated() or @Public() on each.`,
    );
  }

  private methods(): Method[] {
    return [...this.discovery.getControllers(), ...this.discovery.getProviders()].flatMap(({ metatype }) =>
      typeof metatype === 'function' && metatype.prototype ? this.methodsOf(metatype as Type<unknown>) : [],
    );
  }

  private methodsOf(controller: Type<unknown>): Method[] {
    const prototype = controller.prototype as Record<string, { readonly name: string }>;
    return this.scanner.getAllMethodNames(prototype).map((name) => ({ controller, name, handler: prototype[name] }));
  }
}

function declarationsOf({
  controller,
  name,
}: Method): [ReturnType<typeof declarationOfClass>, ReturnType<typeof declarationOfMethod>] {
  return [declarationOfClass(controller), declarationOfMethod(controller.prototype as object, name)];
}

/** A message handler that asks for a permission would be open in a hybrid app, where Nest calls no global guard. */
function refuseUnreachable(methods: readonly Method[]): void {
  const unreachable = methods.find(
    (method) =>
      MESSAGE_METADATA.some((key) => Reflect.hasMetadata(key, method.handler)) && declarationsOf(method).some(isClosed),
  );
  if (!unreachable) return;
  throw new PolicyConfigurationError(
    `${unreachable.controller.name}.${unreachable.name}`,
    'handles messages, and declares what only holds for HTTP',
    'move it to a class of its own and protect it by other means',
  );
}

function labelOf({ controller, name, handler }: Method): string {
  return `${RequestMethod[methodIn(handler) as RequestMethod]} ${controller.name}.${name}`;
}

function methodsHandledBy(handler: object): HandledMethods {
  const method = methodIn(handler);
  if (method === RequestMethod.ALL) return 'any';
  return SAFE_METHODS.has(method) ? 'safe' : 'unsafe';
}

function methodIn(handler: object): RequestMethod | undefined {
  return Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
}
