import 'reflect-metadata';
import type { Permission } from './permission.js';
import { allOf, type Requirement } from './decide/requirement.js';
import type { Declaration } from './decide/route-rule.js';
import { PolicyConfigurationError } from './errors.js';
import { type Freshness as FreshnessValue, stalenessOf } from './identify/freshness.js';

const DECLARATION = Symbol.for('nestjs-jwt-policy:declaration');
const NOTHING: Declaration = { requirements: [] };

/**
 * Lets in who has every permission named. Several of these decorators, on the class and on the method, all count.
 *
 * @throws {PolicyConfigurationError} when the class is loaded, if nothing is named.
 * @example
 * \@RequirePermission('view')
 * \@RequirePermission('view', 'edit') // both
 * \@RequirePermission(anyOf('edit', allOf('view', 'audit')))
 */
export function RequirePermission(...required: (Permission | Requirement)[]): ClassDecorator & MethodDecorator {
  if (required.length === 0) {
    throw new PolicyConfigurationError(
      '@RequirePermission()',
      'names no permission',
      'name at least one, or write @Authenticated() for any valid token',
    );
  }
  const requirement = allOf(...required);
  return declare((declared) => ({ ...declared, requirements: [...declared.requirements, requirement] }));
}

/** Lets in who has a valid token, whatever its permissions. */
export function Authenticated(): ClassDecorator & MethodDecorator {
  return declare((declared) => ({ ...declared, authenticated: true }));
}

/**
 * Lets everybody in, and does not let a token decide. With the option `cookies`, an unsafe request that another site made
 * the browser send is refused all the same: see `@CrossSite()`. On a method it opens that method only, whatever its class
 * requires. On a class it opens the methods that require nothing themselves; classes that extend it are not opened.
 */
export function Public(): ClassDecorator & MethodDecorator {
  return declare((declared) => ({ ...declared, public: true }));
}

/**
 * Takes unsafe requests from every site, where the option `cookies` would refuse them: a contact form that others embed,
 * the answer of an identity provider. Only beside `@Public()`. Such a handler must neither log in nor act on a cookie;
 * sites that are known are better named in `cookies.origins`. Outside of HTTP, where nothing can be checked, no public
 * handler runs without it.
 *
 * @throws {PolicyConfigurationError} while the app starts, if the route is not public.
 */
export function CrossSite(): MethodDecorator {
  return declare((declared) => ({ ...declared, crossSite: true }));
}

/**
 * How fresh the permissions are that count: those in the `'token'`, `'live'` ones from `identify.load`, or
 * `{ maxStale: '30s' }`: those that it returned at most so long ago.
 */
export type Freshness = FreshnessValue;

/**
 * Says for a route or a class which permissions count, instead of `identify.freshness`.
 *
 * @throws {PolicyConfigurationError} when the class is loaded, if it is not one; while the app starts, if nothing loads.
 * @example
 * \@Freshness('live')
 * \@Freshness({ maxStale: '30s' })
 */
export function Freshness(freshness: FreshnessValue): ClassDecorator & MethodDecorator {
  const staleness = stalenessOf(freshness, '@Freshness()');
  return declare((declared) => ({ ...declared, staleness }));
}

/** What a class declares. Requirements are inherited, as they make a route narrower; openness is not. */
export function declarationOfClass(controller: object): Declaration {
  return declarationOf(controller);
}

/**
 * What a method declares, and what it declared in the classes that its class extends. Kept by name rather than on the
 * function: a decorator that wraps the method, or a class that overrides it, must not lose a requirement.
 */
export function declarationOfMethod(prototype: object, name: string): Declaration {
  return declarationOf(ownerOf(prototype, name), name);
}

function declarationOf(target: object, name?: string | symbol): Declaration {
  const declared = metadata(target, name);
  return hasOwn(target, name) ? declared : { ...declared, public: false, crossSite: false };
}

function metadata(target: object, name?: string | symbol): Declaration {
  const declared: unknown =
    name === undefined ? Reflect.getMetadata(DECLARATION, target) : Reflect.getMetadata(DECLARATION, target, name);
  return (declared as Declaration | undefined) ?? NOTHING;
}

function hasOwn(target: object, name?: string | symbol): boolean {
  return name === undefined
    ? Reflect.hasOwnMetadata(DECLARATION, target)
    : Reflect.hasOwnMetadata(DECLARATION, target, name);
}

/** The class that wrote the method: a method inherited as it is stays what it was declared to be. */
function ownerOf(prototype: object, name: string): object {
  let owner = prototype;
  while (!Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner) as object;
  return owner;
}

function declare(change: (declared: Declaration) => Declaration): ClassDecorator & MethodDecorator {
  return (target: object, name?: string | symbol): void => {
    const declared = change(declarationOf(target, name));
    if (declared.public && (declared.authenticated || declared.requirements.length > 0)) {
      throw new PolicyConfigurationError(
        name === undefined ? '@Public() on a class' : `@Public() on ${String(name)}()`,
        'stands beside a decorator that closes the same thing, or that it inherits',
        'keep either @Public(), or @Authenticated() and @RequirePermission()',
      );
    }
    if (name === undefined) Reflect.defineMetadata(DECLARATION, declared, target);
    else Reflect.defineMetadata(DECLARATION, declared, target, name);
  };
}
