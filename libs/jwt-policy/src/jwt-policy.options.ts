import type { Permission } from './permission.js';
import type { DecideRules } from './decide/route-rule.js';
import { type Duration, milliseconds, millisecondsWithin } from './duration.js';
import { PolicyConfigurationError } from './errors.js';
import { fromAuthorizationHeader, type TokenExtractor } from './extract/extractors.js';
import { type Freshness, FROM_TOKEN, type Staleness, stalenessOf } from './identify/freshness.js';
import type { IdentityLoader } from './identify/identity-loader.js';
import type { RevocationStore } from './identify/revocation-store.js';
import type { RevocationRules } from './identify/revocations.js';
import { checkedLifetime, type Expiry, LONGEST_LIFE } from './issue/lifetime.js';
import type { IssueRules } from './issue/token-issuer.js';
import { Key } from './keys/key.js';
import { KeyRing } from './keys/key-ring.js';
import { MemoryRevocations } from './stores/memory-revocations.js';
import { mediaType, type VerifyRules } from './verify/token-verifier.js';

/** The options of `JwtPolicyModule.forRoot()`. Everything is checked while the app starts. */
export interface JwtPolicyOptions {
  /** `iss` of the tokens: compared exactly (RFC 8725, section 3.8). */
  issuer: string;
  /** `aud` of the tokens: one of these must be named in a token, and all are named in new ones. */
  audience: string | readonly string[];
  /** What signs and verifies: `secretKey()`, `keyPair()`, `publicKey()`, or several of them in a `keyRing()`. */
  keys: Key | KeyRing;
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
  verify?: {
    /**
     * How far the clocks of issuer and verifier may differ; at most five minutes.
     * @defaultValue `'0s'`
     */
    leeway?: Duration;
    /**
     * Longer tokens are refused unread. In bytes, 256 to 16384 (Node takes no more than that in headers).
     * @defaultValue 8192
     */
    maxTokenBytes?: number;
    /**
     * Tokens that live longer, from `iat` to `exp`, are refused and not issued; a second to ten years. Say it if you use
     * `TokenService.revokeAll()`: what that leaves behind is kept for as long as a token can live, and without a limit for good.
     * @defaultValue none
     */
    maxLifetime?: Duration;
    /**
     * How many verified tokens are remembered, so that one that comes again costs next to nothing; whole, 0 to 1000000.
     * @defaultValue 10000
     */
    cacheSize?: number;
    /**
     * `typ` of the tokens (RFC 9068, section 2.1).
     * @defaultValue `'at+jwt'`
     */
    type?: string;
  };
  identify?: {
    /** Looks the subject up, for `'live'` and `{ maxStale }` permissions. */
    load?: IdentityLoader;
    /**
     * Which permissions count where a route does not say so by `@Freshness()`.
     * @defaultValue `'live'` if `load` is given, else `'token'`
     */
    freshness?: Freshness;
    /**
     * How long `load` and a store of yours may take before the answer is 503; a millisecond to five minutes.
     * @defaultValue `'5s'`
     */
    timeout?: Duration;
    /**
     * Where revocations are kept. The memory of this process will do for one instance; several share
     * `redisRevocations()` of `nestjs-jwt-policy/redis`.
     * @defaultValue memory
     */
    revocations?: RevocationStore;
  };
  decide?: {
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
  };
  issue?: {
    /**
     * How long new tokens live: a duration, or a function such as `untilHour()`.
     * @defaultValue `'15m'`
     */
    lifetime?: Duration | Expiry;
  };
}

/** The options as the rest of the library reads them: complete, checked, in the units of the wire. */
export interface JwtPolicySettings {
  readonly keys: KeyRing;
  readonly guard: 'global' | 'manual';
  readonly realm: string;
  readonly extract: TokenExtractor;
  readonly verify: VerifyRules;
  readonly identify: {
    readonly load?: IdentityLoader;
    readonly staleness: Staleness;
    readonly timeout: number;
    readonly revocations: RevocationStore;
  };
  readonly revocationRules: RevocationRules;
  readonly decide: DecideRules;
  readonly issue: IssueRules;
}

const NAMES = {
  options: ['issuer', 'audience', 'keys', 'guard', 'extract', 'verify', 'identify', 'decide', 'issue'],
  verify: ['leeway', 'maxTokenBytes', 'maxLifetime', 'cacheSize', 'type'],
  identify: ['load', 'freshness', 'timeout', 'revocations'],
  decide: ['undeclared', 'defaultPermission'],
  issue: ['lifetime'],
} as const;

/** @throws {PolicyConfigurationError} naming the option at fault and the fix. */
export function checkOptions(options: JwtPolicyOptions | undefined): JwtPolicySettings {
  if (options === undefined) {
    throw new PolicyConfigurationError(
      'JwtPolicyModule',
      'got no options',
      'import JwtPolicyModule.forRoot({ issuer, audience, keys })',
    );
  }
  refuseUnknown(options, 'options');
  const { verify = {}, identify = {}, decide = {}, issue = {} } = options;
  refuseUnknown(verify, 'verify');
  refuseUnknown(identify, 'identify');
  refuseUnknown(decide, 'decide');
  refuseUnknown(issue, 'issue');

  const issuer = exactText(options.issuer, 'issuer');
  const audience = audienceOf(options.audience);
  const keys = keysOf(options.keys);
  const type = typeOf(verify.type);
  const maxTokenBytes = maxTokenBytesOf(verify.maxTokenBytes);
  const maxLifetime = maxLifetimeOf(verify.maxLifetime);
  const leeway = leewayOf(verify.leeway);
  const timeout = timeoutOf(identify.timeout);
  return {
    keys,
    guard: guardOf(options.guard),
    realm: audience[0],
    extract: functionOr(options.extract, 'extract', 'fromAuthorizationHeader()') ?? fromAuthorizationHeader(),
    verify: { issuer, audience, leeway, maxTokenBytes, maxLifetime, type, cacheSize: cacheSizeOf(verify.cacheSize) },
    identify: { ...identifyOf(identify), timeout, revocations: revocationsOf(identify.revocations) },
    revocationRules: { timeout, leeway: leeway * 1000, longestLife: maxLifetime && maxLifetime * 1000 },
    decide: decideOf(decide),
    issue: {
      issuer,
      audience: audience.length === 1 ? audience[0] : audience,
      type,
      maxTokenBytes,
      maxLifetime,
      expiry: lifetimeOf(issue.lifetime, maxLifetime),
    },
  };
}

function refuseUnknown(block: unknown, name: keyof typeof NAMES): void {
  const known: readonly string[] = NAMES[name];
  if (typeof block !== 'object' || block === null) {
    throw new PolicyConfigurationError(name, 'is not an object', `give an object with ${known.join(', ')}`);
  }
  const unknown = Object.keys(block).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    const path = name === 'options' ? unknown : `${name}.${unknown}`;
    throw new PolicyConfigurationError(path, 'is not an option', `${name} has ${known.join(', ')}`);
  }
}

function exactText(value: unknown, option: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  if (typeof value === 'string' && value !== '' && value.trim() === value && !/[\u0000-\u001f\u007f]/.test(value))
    return value;
  throw new PolicyConfigurationError(
    option,
    'is not a non-empty text',
    `give the exact text, for example 'https://shop.example'`,
  );
}

function audienceOf(audience: unknown): readonly string[] {
  const list: unknown[] = Array.isArray(audience) ? audience : [audience];
  if (list.length === 0)
    throw new PolicyConfigurationError('audience', 'is empty', `name this API, for example 'shop-api'`);
  return Object.freeze(list.map((name) => exactText(name, 'audience')));
}

function keysOf(keys: unknown): KeyRing {
  if (keys instanceof KeyRing) return keys;
  if (keys instanceof Key) return new KeyRing(keys);
  throw new PolicyConfigurationError(
    'keys',
    'holds no key',
    'give secretKey(process.env.JWT_SECRET), keyPair(), publicKey() or keyRing()',
  );
}

function guardOf(guard: JwtPolicyOptions['guard'] = 'global'): 'global' | 'manual' {
  return oneOf(guard, ['global', 'manual'], 'guard');
}

function lifetimeOf(lifetime: unknown = '15m', most?: number): Expiry {
  const expiry = checkedLifetime(lifetime, 'issue.lifetime');
  if (most === undefined || typeof lifetime !== 'string') return expiry;
  if (milliseconds(lifetime, 'issue.lifetime') <= most * 1000) return expiry;
  throw new PolicyConfigurationError(
    'issue.lifetime',
    'is longer than verify.maxLifetime',
    'make it shorter, or verify.maxLifetime longer',
  );
}

/** In seconds. */
function maxLifetimeOf(longest: unknown): number | undefined {
  if (longest === undefined) return undefined;
  const problem = 'is not between a second and ten years';
  const fix = `write the longest lifetime that you issue, for example '8d'`;
  return millisecondsWithin(longest, 'verify.maxLifetime', [1000, LONGEST_LIFE], problem, fix) / 1000;
}

function timeoutOf(timeout: unknown = '5s'): number {
  const problem = 'is not between a millisecond and five minutes';
  return millisecondsWithin(timeout, 'identify.timeout', [1, 300_000], problem, `write for example '5s'`);
}

function revocationsOf(store: RevocationStore = new MemoryRevocations()): RevocationStore {
  const { add, find } = (store ?? {}) as Partial<RevocationStore>;
  if (typeof add === 'function' && typeof find === 'function') return store;
  throw new PolicyConfigurationError(
    'identify.revocations',
    'is not a store',
    'give redisRevocations(client), or an object with add() and find()',
  );
}

function typeOf(type: unknown = 'at+jwt'): string {
  const media = mediaType(type);
  if (media !== null && /^[a-z0-9!#$&^_.+-]{1,127}$/.test(media)) return media;
  throw new PolicyConfigurationError('verify.type', 'is not a media type', `write for example 'at+jwt'`);
}

function maxTokenBytesOf(bytes: unknown = 8192): number {
  if (Number.isInteger(bytes) && (bytes as number) >= 256 && (bytes as number) <= 16_384) return bytes as number;
  throw new PolicyConfigurationError(
    'verify.maxTokenBytes',
    'is out of range',
    'use a whole number of bytes from 256 to 16384',
  );
}

function cacheSizeOf(size: unknown = 10_000): number {
  if (Number.isInteger(size) && (size as number) >= 0 && (size as number) <= 1_000_000) return size as number;
  throw new PolicyConfigurationError('verify.cacheSize', 'is out of range', 'use a whole number from 0 to 1000000');
}

/** In seconds. */
function leewayOf(leeway: unknown = '0s'): number {
  const problem = 'is longer than five minutes';
  const fix = 'set the clocks instead, and leave at most 5m';
  return millisecondsWithin(leeway, 'verify.leeway', [0, 300_000], problem, fix) / 1000;
}

function identifyOf({ load, freshness = load ? 'live' : 'token' }: NonNullable<JwtPolicyOptions['identify']>): {
  load?: IdentityLoader;
  staleness: Staleness;
} {
  functionOr(load, 'identify.load', 'async (subject) => ({ permissions: [...] })');
  const staleness = stalenessOf(freshness, 'identify.freshness');
  if (staleness !== FROM_TOKEN && !load) {
    throw new PolicyConfigurationError(
      'identify.freshness',
      `asks for loaded permissions, but nothing loads an identity`,
      'give identify.load',
    );
  }
  return { load, staleness };
}

function decideOf({ undeclared = 'deny', defaultPermission }: NonNullable<JwtPolicyOptions['decide']>): DecideRules {
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

function oneOf<T extends string>(value: T, allowed: readonly T[], option: string): T {
  if (allowed.includes(value)) return value;
  throw new PolicyConfigurationError(
    option,
    'has an unknown value',
    `use one of ${allowed.map((name) => `'${name}'`).join(', ')}`,
  );
}

function functionOr<T>(value: T, option: string, example: string): T {
  if (value === undefined || typeof value === 'function') return value;
  throw new PolicyConfigurationError(option, 'is not a function', `give for example ${example}`);
}
