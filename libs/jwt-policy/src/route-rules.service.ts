import { Injectable, Logger, type OnApplicationBootstrap, RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { type Decision, granted, refused } from './decide/decision.js';
import { allOf, AUTHENTICATED, type Requirement } from './decide/requirement.js';
import type { Freshness } from './identify/freshness.js';
import type { JwtPolicySettings } from './jwt-policy.options.js';
import { type Declaration, declarationOfClass, declarationOfMethod } from './require-permission.decorator.js';

/** What holds for one route, all its declarations taken together: settled at boot, or to be decided by who asks. */
export type RouteRule =
  | { readonly settled: Decision }
  | { readonly settled: null; readonly requirement: Requirement; readonly freshness?: Freshness };

type Method = (...args: never[]) => unknown;

const PUBLIC: RouteRule = { settled: granted('ROUTE_PUBLIC', 'the route is public') };
const UNDECLARED: Readonly<Record<'allow' | 'deny', RouteRule>> = {
  allow: { settled: granted('ROUTE_UNDECLARED', `decide.undeclared is 'allow'`) },
  deny: { settled: refused('ERR_ROUTE_UNDECLARED', 'the route declares nothing') },
};

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
    if (this.settings.guard === 'manual') return;
    const undeclared = this.routes()
      .filter(({ controller, method }) => !isDeclared(declarationOfClass(controller), declarationOfMethod(method)))
      .map(({ label }) => label);
    if (undeclared.length === 0) return;
    const effect = EFFECTS[this.settings.decide.undeclared];
    new Logger('JwtPolicy').warn(
      `${undeclared.length} route(s) declare nothing and ${effect}: ${undeclared.join(', ')}. ` +
        'Write @RequirePermission(), @Authenticated() or @Public() on each.',
    );
  }

  private compute(controller: Type<unknown>, method: object): RouteRule {
    const onClass = declarationOfClass(controller);
    const onMethod = declarationOfMethod(method);
    const { undeclared, defaultPermission } = this.settings.decide;
    if (onMethod.public || (onClass.public && !isClosed(onMethod))) return PUBLIC;
    if (!isDeclared(onClass, onMethod) && undeclared !== 'authenticated') return UNDECLARED[undeclared];
    const requirements = [...onClass.requirements, ...onMethod.requirements];
    const required = defaultPermission === undefined ? requirements : [...requirements, defaultPermission];
    return {
      settled: null,
      requirement: required.length === 0 ? AUTHENTICATED : allOf(...required),
      freshness: onMethod.freshness ?? onClass.freshness,
    };
  }

  private routes(): { controller: Type<unknown>; method: Method; label: string }[] {
    return this.discovery.getControllers().flatMap(({ metatype, instance }) => {
      if (typeof metatype !== 'function' || !instance) return [];
      const controller = metatype as Type<unknown>;
      const prototype = Object.getPrototypeOf(instance) as Record<string, Method>;
      return this.scanner
        .getAllMethodNames(prototype)
        .map((name) => ({ name, method: prototype[name] }))
        .filter(({ method }) => Reflect.hasMetadata(PATH_METADATA, method))
        .map(({ name, method }) => ({ controller, method, label: `${verbOf(method)} ${controller.name}.${name}` }));
    });
  }
}

function isClosed({ authenticated, requirements }: Declaration): boolean {
  return authenticated === true || requirements.length > 0;
}

function isDeclared(...declarations: Declaration[]): boolean {
  return declarations.some((declared) => declared.public === true || isClosed(declared));
}

function verbOf(method: Method): string {
  return RequestMethod[Reflect.getMetadata(METHOD_METADATA, method) as RequestMethod] ?? 'ALL';
}
