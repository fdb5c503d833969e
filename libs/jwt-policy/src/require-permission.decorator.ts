import 'reflect-metadata';
import type { Permission } from './decide/permission.js';
import { allOf, type Requirement } from './decide/requirement.js';
import type { Declaration } from './decide/route-rule.js';
import { PolicyConfigurationError } from './errors.js';
import { checkedFreshness, type Freshness as FreshnessOf } from './identify/freshness.js';

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
 * Lets everybody in, and does not look at tokens at all. On a method it opens that method only, whatever its class
 * requires. On a class it opens the methods that require nothing themselves; classes that extend it are not opened.
 */
export function Public(): ClassDecorator & MethodDecorator {
  return declare((declared) => ({ ...declared, public: true }));
}

/**
 * Says for a route or a class which permissions count, instead of `identify.freshness`.
 *
 * @example \@Freshness('live')
 */
export function Freshness(freshness: FreshnessOf): ClassDecorator & MethodDecorator {
  const checked = checkedFreshness(freshness, '@Freshness()');
  return declare((declared) => ({ ...declared, freshness: checked }));
}

/** What a class declares. Requirements are inherited, as they make a route narrower; openness is not. */
export function declarationOfClass(target: object): Declaration {
  const declared = (Reflect.getMetadata(DECLARATION, target) as Declaration | undefined) ?? NOTHING;
  return Reflect.hasOwnMetadata(DECLARATION, target) ? declared : { ...declared, public: false };
}

/** What a method declares. */
export function declarationOfMethod(target: object): Declaration {
  return (Reflect.getOwnMetadata(DECLARATION, target) as Declaration | undefined) ?? NOTHING;
}

function declare(change: (declared: Declaration) => Declaration): ClassDecorator & MethodDecorator {
  return (target: object, name?: string | symbol, descriptor?: PropertyDescriptor): void => {
    const declaring = (descriptor?.value ?? target) as object;
    const declared = change(descriptor ? declarationOfMethod(declaring) : declarationOfClass(declaring));
    if (declared.public && (declared.authenticated || declared.requirements.length > 0)) {
      throw new PolicyConfigurationError(
        name === undefined ? `@Public() on a class` : `@Public() on ${String(name)}()`,
        'stands beside a decorator that closes the same thing',
        'keep either @Public(), or @Authenticated() and @RequirePermission()',
      );
    }
    Reflect.defineMetadata(DECLARATION, declared, declaring);
  };
}
