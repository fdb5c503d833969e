export { JwtPolicyModule } from './jwt-policy.module.js';
export type { JwtPolicyOptions } from './jwt-policy.options.js';
export type { Duration } from './duration.js';
export type { InvalidTokenCode, RefusalCode } from './errors.js';
export { AmbiguousToken, InvalidToken, PolicyConfigurationError, PolicyUnavailable } from './errors.js';

export { keyPair, publicKey, secretKey } from './keys/key.js';
export type { Key } from './keys/key.js';
export { keyRing } from './keys/ring/key-ring.js';
export type { KeyRing } from './keys/ring/key-ring.js';
export type { KeyProvider } from './keys/ring/provided-keys.js';
export type { KeySet } from './keys/ring/held-keys.js';
export type { KeyRingOptions } from './keys/ring/key-ring-options.js';
export { discoveredJwks, remoteJwks } from './keys/remote/remote-jwks.js';
export type { RemoteJwks } from './keys/remote/remote-jwks.js';
export type { RemoteJwksOptions } from './keys/remote/remote-jwks-options.js';
export { JwksModule } from './jwks.module.js';
export type { KeyMaterial, SecretMaterial } from './keys/key-material.js';
export type { Algorithm, PairAlgorithm, SecretAlgorithm } from './keys/algorithms.js';

export { TokenService } from './token.service.js';
export type { SubjectId, TokenSubject } from './issue/token-issuer.js';
export type { IssuedToken } from './issue/issued-token.js';
export type { OpenedSession } from './issue/sessions/opened-session.js';
export type { Session } from './issue/sessions/session.js';
export type { SessionOptions } from './issue/sessions/session-options.js';
export type { Rotation, RotationOutcome, SessionRecord, SessionStore } from './issue/sessions/session-store.js';
export { MemorySessions } from './stores/memory-sessions.js';
export { untilHour } from './issue/lifetime.js';
export type { Expiry } from './issue/lifetime.js';

export { firstOf, fromAuthorizationHeader, fromCookie, fromHeader, fromQuery } from './extract/extractors.js';
export type { TokenExtractor } from './extract/extractors.js';
export type { Carrier } from './extract/carrier.js';
export { sessionCookies } from './cookies/session-cookies.js';
export type { SessionCookies, SessionTokens } from './cookies/session-cookies.js';
export type { CookieOptions, SessionCookiesOptions } from './cookies/cookie-options.js';
export type { VerifiedToken } from './verify/verified-token.js';
export type { TrustedIssuer } from './verify/trusted-issuer.js';
export type { ClaimNames } from './verify/claim-names.js';

export type { Identity } from './identify/identity.js';
export type { IdentityLoader, LoadedIdentity } from './identify/identity-loader.js';
export type { RevocationEntry, RevocationFacts, RevocationStore } from './identify/revocation-store.js';
export { MemoryRevocations } from './stores/memory-revocations.js';
export { CurrentIdentity } from './current-identity.decorator.js';

export { Authenticated, CrossSite, Freshness, Public, RequirePermission } from './require-permission.decorator.js';
export { allOf, anyOf } from './decide/requirement.js';
export type { Requirement } from './decide/requirement.js';
export type { Permission, Register } from './permission.js';
export type { Decision, GrantCode, Granted, Refused } from './decide/decision.js';
export { SecurityPolicy } from './decide/security-policy.js';
export { PermissionsGuard } from './permissions.guard.js';
export { JwtStrategy } from './jwt.strategy.js';

export { PolicyException } from './respond/policy.exception.js';
export type { DecisionEvent, TokenEvent } from './events/channels.js';
