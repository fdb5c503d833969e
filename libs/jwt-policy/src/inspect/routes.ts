import { RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { AUTHENTICATED } from '../decide/requirement.js';
import { isDeclared, routeRule } from '../decide/route-rule.js';
import { FROM_TOKEN } from '../identify/freshness.js';
import type { JwtPolicySettings } from '../jwt-policy.options.js';
import { declarationOfClass, declarationOfMethod } from '../require-permission.decorator.js';
import type { StartedApp } from './started-app.js';

/** What there is to know of a route. */
export interface InspectedRoute {
  /** Such as `GET BasketController.show`. */
  readonly name: string;
  readonly isDeclared: boolean;
  /** Whether it asks for a permission, and finds it in the token. */
  readonly readsToken: boolean;
}

export function routesOf(app: StartedApp): InspectedRoute[] {
  const scanner = app.get(MetadataScanner);
  return app
    .get(DiscoveryService)
    .getControllers()
    .flatMap(({ metatype }) => {
      const prototype = (metatype as Type<unknown>).prototype as Record<string, object>;
      return scanner
        .getAllMethodNames(prototype)
        .filter((method) => Reflect.hasMetadata(PATH_METADATA, prototype[method]))
        .map((method) => inspected(metatype as Type<unknown>, method, app.settings));
    });
}

function inspected(controller: Type<unknown>, method: string, settings: JwtPolicySettings): InspectedRoute {
  const prototype = controller.prototype as Record<string, object>;
  const declared = [declarationOfClass(controller), declarationOfMethod(prototype, method)] as const;
  const rule = routeRule(...declared, settings.decide);
  const staleness = rule.staleness ?? settings.identify.staleness;
  const verb = RequestMethod[Reflect.getMetadata(METHOD_METADATA, prototype[method]) as RequestMethod];
  return {
    name: `${verb} ${controller.name}.${method}`,
    isDeclared: isDeclared(...declared),
    readsToken: rule.settled === null && rule.requirement !== AUTHENTICATED && staleness === FROM_TOKEN,
  };
}
