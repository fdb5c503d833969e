import type { IdentityLoader, RevocationStore } from 'nestjs-jwt-policy';
import { BoundedLoader } from '../../libs/jwt-policy/src/identify/bounded-loader.js';
import { IdentityResolver } from '../../libs/jwt-policy/src/identify/identity-resolver.js';
import { Revocations } from '../../libs/jwt-policy/src/identify/revocations.js';
import { MemoryRevocations } from '../../libs/jwt-policy/src/stores/memory-revocations.js';

export const DAY = 86_400_000;

/** Revocations as the module makes them, without the module. */
export function revocationsOn(
  store: RevocationStore = new MemoryRevocations(),
  { timeout = 200, leeway = 0, longestLife = DAY, longestSession = 0 } = {},
): Revocations {
  return new Revocations(store, { timeout, leeway, longestLife, longestSession });
}

export function resolverFor(load?: IdentityLoader, revocations = revocationsOn(), timeout = 200): IdentityResolver {
  return new IdentityResolver(revocations, new BoundedLoader(load, timeout));
}
