import { isStringArray } from '../string-array.js';
import { deeplyFrozen } from './frozen.js';
import type { JsonObject } from './strict-json.js';

/** Where the tokens of an issuer say what the library wants to know. */
export interface ClaimNames {
  /**
   * Identifies the one token, so that it can be revoked.
   * @defaultValue `'jti'`
   */
  readonly id?: string;
  /**
   * The name for display.
   * @defaultValue `'user_name'`
   */
  readonly name?: string;
  /**
   * A claim with an array of names; any other claim than `permissions` may also be a text of names with a blank between
   * them, as `scope` is (RFC 8693, section 4.2). Or a function that finds the names in the claims, wherever they are.
   * @defaultValue `'permissions'`
   */
  readonly permissions?: string | ((claims: Readonly<Record<string, unknown>>) => readonly string[] | undefined);
}

/** All of them. */
export interface TokenNames extends Required<ClaimNames> {
  /** Names the session, in tokens that we issue: a `sid` of somebody else is none of our sessions. */
  readonly session?: string;
}

export const USUAL_NAMES = { id: 'jti', name: 'user_name', permissions: 'permissions' } as const satisfies ClaimNames;
export const OWN_NAMES = { ...USUAL_NAMES, session: 'sid' } as const satisfies TokenNames;

/** @returns `null` when they are in no form that permissions have. */
export function permissionsIn(
  claims: JsonObject,
  source: Required<ClaimNames>['permissions'],
): readonly string[] | null {
  const value = typeof source === 'function' ? called(source, claims) : claims[source];
  if (value === undefined) return [];
  // The one that we write ourselves is never a text: it would read as a permission of its letters, or of a part of it.
  if (typeof value === 'string' && typeof source === 'string' && source !== USUAL_NAMES.permissions) {
    return value.split(' ').filter((name) => name !== '');
  }
  return isStringArray(value) ? value : null;
}

function called(find: (claims: JsonObject) => unknown, claims: JsonObject): unknown {
  try {
    // What it changed would be believed as if the issuer had said it.
    return find(deeplyFrozen(claims));
  } catch {
    // A claim that is not where it was expected: nothing is known of permissions, so the token is refused.
    return null;
  }
}
