import { type BoundedLoader, refuseNobody } from '../identify/bounded-loader.js';
import type { VerifiedToken } from '../verify/verified-token.js';
import type { TokenSubject } from './token-issuer.js';

/**
 * The subject of a token that is made anew, as the app knows it today: the same object when there is nothing to change.
 * What the token did not say before it does not say now either.
 *
 * @throws {InvalidToken} when the subject is unknown or disabled.
 * @throws {PolicyUnavailable} when the loader fails.
 */
export async function currentSubject(
  told: TokenSubject,
  token: VerifiedToken,
  loader: BoundedLoader,
): Promise<TokenSubject> {
  if (!loader.isGiven) return told;
  const loaded = await loader.load(token);
  refuseNobody(loaded);
  const { permissions, name } = told;
  if (permissions === undefined && name === undefined) return told;
  return {
    ...told,
    permissions: permissions && [...loaded.permissions],
    name: name === undefined ? undefined : (loaded.name ?? name),
  };
}
