import { PolicyConfigurationError } from '../errors.js';
import { oneOf, refuseUnknown } from '../option-checks.js';
import type { Permission } from '../permission.js';
import type { DecideRules } from './route-rule.js';

export interface DecideOptions {
  /**
   * What happens on a route that declares nothing.
   * @defaultValue `'deny'`
   */
  undeclared?: 'deny' | 'authenticated' | 'allow';
  /**
   * A permission that every guarded route asks for besides its own.
   * @defaultValue none
   */
  defaultPermission?: Permission;
}

/** @throws {PolicyConfigurationError} naming the option at fault and the fix. */
export function decideRulesOf(options: DecideOptions): DecideRules {
  refuseUnknown(options, 'decide', ['undeclared', 'defaultPermission']);
  const { undeclared = 'deny', defaultPermission } = options;
  oneOf(undeclared, ['deny', 'authenticated', 'allow'], 'decide.undeclared');
  if (defaultPermission !== undefined) {
    if (typeof defaultPermission !== 'string' || defaultPermission.length === 0) {
      throw new PolicyConfigurationError(
        'decide.defaultPermission',
        'is not the name of a permission',
        'give one non-empty name',
      );
    }
    if (undeclared === 'allow') {
      throw new PolicyConfigurationError(
        'decide.defaultPermission',
        `contradicts decide.undeclared: 'allow'`,
        `remove one of them, or open single routes with @Public()`,
      );
    }
  }
  return { undeclared, defaultPermission };
}
