import type { Permission } from '../permission.js';
import { InvalidToken, PolicyUnavailable } from '../errors.js';
import { isStringArray } from '../string-array.js';
import type { VerifiedToken } from '../verify/verified-token.js';
import type { Freshness } from './freshness.js';
import type { Identity } from './identity.js';
import type { IdentityLoader, LoadedIdentity } from './identity-loader.js';

/** Turns a verified token into the identity that counts now. */
export class IdentityResolver {
  constructor(private readonly load: IdentityLoader | undefined) {}

  /**
   * @throws {InvalidToken} when the subject is unknown or disabled.
   * @throws {PolicyUnavailable} when the loader fails or answers nonsense.
   */
  resolve(token: VerifiedToken, freshness: Freshness): Identity | Promise<Identity> {
    if (freshness === 'token') return identity(token, token.permissions, token.name);
    return this.live(token);
  }

  private async live(token: VerifiedToken): Promise<Identity> {
    if (!this.load) throw new PolicyUnavailable('live permissions without identify.load');
    let loaded: LoadedIdentity | null | undefined;
    try {
      loaded = await this.load(token.subject, token);
    } catch (error) {
      throw new PolicyUnavailable('the identity loader failed', { cause: error });
    }
    if (loaded == null) throw new InvalidToken('ERR_SUBJECT_UNKNOWN', 'the subject is unknown');
    if (!isLoadedIdentity(loaded)) throw new PolicyUnavailable('the identity loader did not return a LoadedIdentity');
    // Whatever is not clearly enabled is disabled: a column may say 1 or 't'.
    if (loaded.disabled) throw new InvalidToken('ERR_SUBJECT_UNKNOWN', 'the subject is disabled');
    return identity(token, loaded.permissions, loaded.name ?? token.name, loaded.user);
  }
}

function identity(token: VerifiedToken, permissions: readonly Permission[], name?: string, user?: unknown): Identity {
  return Object.freeze({ id: token.subject, name, permissions: new Set(permissions), token, user });
}

function isLoadedIdentity(loaded: unknown): loaded is LoadedIdentity {
  return typeof loaded === 'object' && loaded !== null && 'permissions' in loaded && isStringArray(loaded.permissions);
}
