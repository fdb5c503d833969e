import { InvalidToken, PolicyUnavailable } from '../errors.js';
import type { Permission } from '../permission.js';
import { isStringArray } from '../string-array.js';
import type { VerifiedToken } from '../verify/verified-token.js';
import type { IdentityLoader, LoadedIdentity } from './identity-loader.js';
import { permissionSet } from './permission-set.js';
import { withinTime } from '../time-limit.js';

/** What a load found: a person, or the reason why there is none to let in. */
export type Loaded =
  | { readonly nobody: string }
  | {
      readonly nobody?: undefined;
      readonly permissions: ReadonlySet<Permission>;
      readonly name?: string;
      readonly user?: unknown;
    };

/** The app's loader, held to its word and to its time. */
export class BoundedLoader {
  constructor(
    private readonly loader: IdentityLoader | undefined,
    private readonly timeout: number,
  ) {}

  get isGiven(): boolean {
    return this.loader !== undefined;
  }

  /** @throws {PolicyUnavailable} when the loader fails, takes too long or answers nonsense. */
  async load(token: VerifiedToken): Promise<Loaded> {
    if (!this.loader) throw new PolicyUnavailable('live permissions without identify.load');
    let loaded: LoadedIdentity | null | undefined;
    try {
      loaded = await withinTime(this.loader(token.subject, token), this.timeout, tooLate);
    } catch (cause) {
      throw new PolicyUnavailable('the identity loader failed', { cause });
    }
    if (loaded == null) return { nobody: 'the subject is unknown' };
    if (!isLoadedIdentity(loaded)) throw new PolicyUnavailable('the identity loader did not return a LoadedIdentity');
    // Whatever is not clearly enabled is disabled: a column may say 1 or 't'.
    if (loaded.disabled) return { nobody: 'the subject is disabled' };
    return { permissions: permissionSet(loaded.permissions), name: loaded.name, user: loaded.user };
  }
}

/** @throws {InvalidToken} when nobody was found. */
export function refuseNobody(loaded: Loaded): asserts loaded is Exclude<Loaded, { nobody: string }> {
  if (loaded.nobody !== undefined) throw new InvalidToken('ERR_SUBJECT_UNKNOWN', loaded.nobody);
}

function isLoadedIdentity(loaded: unknown): loaded is LoadedIdentity {
  return typeof loaded === 'object' && loaded !== null && 'permissions' in loaded && isStringArray(loaded.permissions);
}

function tooLate(): Error {
  return new Error('the identity loader did not answer within identify.timeout');
}
