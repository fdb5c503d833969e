import type { Permission } from '../permission.js';
import type { VerifiedToken } from '../verify/verified-token.js';
import { type BoundedLoader, type Loaded, refuseNobody } from './bounded-loader.js';
import { FROM_TOKEN, type Staleness } from './freshness.js';
import type { Identity } from './identity.js';
import { sharedPermissionSet } from './permission-set.js';
import { RememberedLoads } from './remembered-loads.js';
import type { Revocations, SubjectVersion } from './revocations.js';

/** Turns a verified token into the identity that counts now. */
export class IdentityResolver {
  private readonly remembered: RememberedLoads;
  private readonly fromTokens = new WeakMap<VerifiedToken, Identity>();

  constructor(
    private readonly revocations: Revocations,
    private readonly loader: BoundedLoader,
  ) {
    this.remembered = new RememberedLoads(loader);
  }

  /**
   * @throws {InvalidToken} when the token was revoked, or the subject is unknown or disabled.
   * @throws {PolicyUnavailable} when the revocation store or the loader fails.
   */
  resolve(token: VerifiedToken, staleness: Staleness): Identity | Promise<Identity> {
    const version = this.revocations.check(token);
    return version instanceof Promise
      ? version.then((current) => this.identify(token, staleness, current))
      : this.identify(token, staleness, version);
  }

  private identify(token: VerifiedToken, staleness: Staleness, version: SubjectVersion): Identity | Promise<Identity> {
    if (staleness === FROM_TOKEN) return this.fromToken(token);
    const loaded = staleness > 0 ? this.remembered.find(token, staleness, version) : this.loader.load(token);
    return loaded instanceof Promise
      ? loaded.then((found) => loadedIdentity(token, found))
      : loadedIdentity(token, loaded);
  }

  /** The identity that the token itself describes: made once. */
  private fromToken(token: VerifiedToken): Identity {
    let found = this.fromTokens.get(token);
    if (!found) {
      found = identity(token, sharedPermissionSet(token.permissions), token.name);
      this.fromTokens.set(token, found);
    }
    return found;
  }
}

function loadedIdentity(token: VerifiedToken, loaded: Loaded): Identity {
  refuseNobody(loaded);
  return identity(token, loaded.permissions, loaded.name ?? token.name, loaded.user);
}

function identity(
  token: VerifiedToken,
  permissions: ReadonlySet<Permission>,
  name: string | undefined,
  user?: unknown,
): Identity {
  return Object.freeze({ id: token.subject, name, permissions, token, user });
}
