import { cookieTransport, type CookieTransport } from './cookies/cookie-transport.js';
import type { SessionCookies } from './cookies/session-cookies.js';
import { type DecideOptions, decideRulesOf } from './decide/decide-options.js';
import type { DecideRules } from './decide/route-rule.js';
import { PolicyConfigurationError } from './errors.js';
import { fromAuthorizationHeader, type TokenExtractor } from './extract/extractors.js';
import { type IdentifyOptions, type IdentifyRules, identifyRulesOf } from './identify/identify-options.js';
import type { RevocationRules } from './identify/revocations.js';
import { expiryOf, type IssueOptions } from './issue/issue-options.js';
import { type SessionRules, sessionRulesOf } from './issue/sessions/session-options.js';
import type { IssueRules } from './issue/token-issuer.js';
import type { Key } from './keys/key.js';
import { KeyRing } from './keys/ring/key-ring.js';
import type { RemoteJwks } from './keys/remote/remote-jwks.js';
import { audienceOf, exactText, functionOr, oneOf, refuseUnknown } from './option-checks.js';
import type { VerifyRules } from './verify/token-verifier.js';
import { keysOf, type VerifyingKeys } from './verify/trusted-issuer.js';
import { type VerifyOptions, verifyRulesOf } from './verify/verify-options.js';

/** The options of `JwtPolicyModule.forRoot()`. Everything is checked while the app starts. */
export interface JwtPolicyOptions {
  /** `iss` of the tokens: compared exactly (RFC 8725, section 3.8). */
  issuer: string;
  /** `aud` of the tokens: one of these must be named in a token, and all are named in new ones. */
  audience: string | readonly string[];
  /**
   * What signs and verifies: `secretKey()`, `keyPair()`, `publicKey()`, or several of them in a `keyRing()`. Or what only
   * verifies, because the tokens are those of an identity provider: `remoteJwks()`, `discoveredJwks()`.
   */
  keys: Key | KeyRing | RemoteJwks;
  /**
   * `'global'` guards every route of the app. `'manual'` guards where you write `@UseGuards(PermissionsGuard)`.
   * @defaultValue `'global'`
   */
  guard?: 'global' | 'manual';
  /**
   * Where the token travels.
   * @defaultValue `fromAuthorizationHeader()`
   */
  extract?: TokenExtractor;
  /**
   * Lets the token of a browser app travel in a cookie as well, and refuses unsafe requests of other sites:
   * `sessionCookies()`.
   */
  cookies?: SessionCookies;
  verify?: VerifyOptions;
  identify?: IdentifyOptions;
  decide?: DecideOptions;
  issue?: IssueOptions;
}

/** Under which the checked options are found. */
export const SETTINGS = Symbol.for('nestjs-jwt-policy:settings');

/** The options as the rest of the library reads them: complete, checked, in the units of the wire. */
export interface JwtPolicySettings extends CookieTransport {
  readonly keys: VerifyingKeys;
  /** The same, if tokens can be issued with them. */
  readonly ring?: KeyRing;
  readonly guard: 'global' | 'manual';
  readonly realm: string;
  readonly verify: VerifyRules;
  readonly identify: IdentifyRules;
  readonly revocationRules: RevocationRules;
  readonly decide: DecideRules;
  readonly issue: IssueRules;
  readonly sessions: SessionRules;
}

const NAMES = ['issuer', 'audience', 'keys', 'guard', 'extract', 'cookies', 'verify', 'identify', 'decide', 'issue'];

/** @throws {PolicyConfigurationError} naming the option at fault and the fix. */
export function checkOptions(options: JwtPolicyOptions | undefined): JwtPolicySettings {
  if (options === undefined) {
    throw new PolicyConfigurationError(
      'JwtPolicyModule',
      'got no options',
      'import JwtPolicyModule.forRoot({ issuer, audience, keys })',
    );
  }
  refuseUnknown(options, 'options', NAMES);
  const { guard = 'global', verify: verifyOptions = {}, identify: identifyOptions = {} } = options;
  const { decide = {}, issue = {} } = options;
  const issuer = exactText(options.issuer, 'issuer');
  const audience = audienceOf(options.audience, 'audience');
  const keys = keysOf(options.keys, issuer, 'keys');
  const verify = verifyRulesOf(verifyOptions, { issuer, audience, keys });
  const identify = identifyRulesOf(identifyOptions);
  const { leeway, maxLifetime, maxTokenBytes } = verify;
  const expiry = expiryOf(issue, maxLifetime);
  const [{ type }] = verify.issuers;
  const ring = keys instanceof KeyRing && verifyOptions.claims === undefined ? keys : undefined;
  const extract = functionOr(options.extract, 'extract', 'fromAuthorizationHeader()') ?? fromAuthorizationHeader();
  const now = new Date();
  const sessions = sessionRulesOf(issue.sessions, identify.timeout);
  const life = typeof issue.lifetime === 'function' ? undefined : expiry(now).getTime() - now.getTime();
  return {
    keys,
    ring,
    guard: oneOf(guard, ['global', 'manual'], 'guard'),
    realm: audience[0],
    ...cookieTransport(options.cookies, extract, ring ? life : null),
    verify,
    identify,
    revocationRules: {
      timeout: identify.timeout,
      leeway: leeway * 1000,
      longestLife: maxLifetime && maxLifetime * 1000,
      longestSession: sessions.absolute,
    },
    decide: decideRulesOf(decide),
    issue: {
      issuer,
      audience: audience.length === 1 ? audience[0] : audience,
      type,
      maxTokenBytes,
      maxLifetime,
      expiry,
    },
    sessions,
  };
}
