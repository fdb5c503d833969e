import { resolve } from 'node:path';
import ts from 'typescript';
import { problemsOfEach, program } from './compile.js';

// The compiler reads all of Nest's types.
jest.setTimeout(60_000);

const VALUES = [
  'AmbiguousToken',
  'Authenticated',
  'CrossSite',
  'CurrentIdentity',
  'Freshness',
  'InvalidToken',
  'JwksModule',
  'JwtPolicyModule',
  'JwtStrategy',
  'MemoryRevocations',
  'MemorySessions',
  'PermissionsGuard',
  'PolicyConfigurationError',
  'PolicyException',
  'PolicyUnavailable',
  'Public',
  'RequirePermission',
  'SecurityPolicy',
  'TokenService',
  'allOf',
  'anyOf',
  'discoveredJwks',
  'firstOf',
  'fromAuthorizationHeader',
  'fromCookie',
  'fromHeader',
  'fromQuery',
  'keyPair',
  'keyRing',
  'publicKey',
  'remoteJwks',
  'secretKey',
  'sessionCookies',
  'untilHour',
];

const TYPES = [
  'Algorithm',
  'Carrier',
  'ClaimNames',
  'CookieOptions',
  'Decision',
  'DecisionEvent',
  'Duration',
  'Expiry',
  'GrantCode',
  'Granted',
  'Identity',
  'IdentityLoader',
  'InvalidTokenCode',
  'IssuedToken',
  'JwtPolicyOptions',
  'Key',
  'KeyMaterial',
  'KeyProvider',
  'KeyRing',
  'KeyRingOptions',
  'KeySet',
  'LoadedIdentity',
  'OpenedSession',
  'PairAlgorithm',
  'Permission',
  'RefusalCode',
  'Refused',
  'Register',
  'RemoteJwks',
  'RemoteJwksOptions',
  'Requirement',
  'RevocationEntry',
  'RevocationFacts',
  'RevocationStore',
  'Rotation',
  'RotationOutcome',
  'SecretAlgorithm',
  'SecretMaterial',
  'Session',
  'SessionCookies',
  'SessionCookiesOptions',
  'SessionOptions',
  'SessionRecord',
  'SessionStore',
  'SessionTokens',
  'SubjectId',
  'TokenEvent',
  'TokenExtractor',
  'TokenSubject',
  'TrustedIssuer',
  'VerifiedToken',
];

const DOORS: readonly (readonly [name: string, index: string, values: string[], types: string[]])[] = [
  ['core', 'libs/jwt-policy/src/index.ts', VALUES, TYPES],
  [
    'redis',
    'libs/jwt-policy/src/redis/index.ts',
    ['redisRevocations', 'redisSessions'],
    [
      'IoredisClient',
      'NodeRedisClient',
      'RedisClient',
      'RedisRevocations',
      'RedisRevocationsOptions',
      'RedisSessions',
      'RedisSessionsOptions',
    ],
  ],
  [
    'postgres',
    'libs/jwt-policy/src/postgres/index.ts',
    ['postgresSessions', 'postgresSessionsMigration'],
    ['PostgresClient', 'PostgresSessions', 'PostgresSessionsOptions'],
  ],
  [
    'testing',
    'libs/jwt-policy/src/testing/index.ts',
    ['revocationStoreContract', 'sessionStoreContract', 'sharedRevocationStoreContract', 'sharedSessionStoreContract'],
    [
      'ContractCase',
      'RevocationStoreFactory',
      'SessionStoreFactory',
      'SharedRevocationStoreFactory',
      'SharedSessionStoreFactory',
    ],
  ],
];

describe.each(DOORS)('the %s door', (_name, path, values, types) => {
  it('exports these values and no others', () => {
    expect(Object.keys(jest.requireActual<object>(resolve(path))).toSorted()).toEqual(values);
  });

  it('exports these names and no others, types included', () => {
    const index = resolve(path);
    const compiled = program([index]);
    const checker = compiled.getTypeChecker();
    const file = compiled.getSourceFile(index) as ts.SourceFile;
    const symbol = checker.getSymbolAtLocation(file) as ts.Symbol;
    const names = checker.getExportsOfModule(symbol).map(({ name }) => name);
    expect(names.toSorted()).toEqual([...values, ...types].toSorted());
  });
});

const LIBRARY = `import {
  allOf, anyOf, Authenticated, CurrentIdentity, Freshness, type Identity, JwtPolicyModule, type JwtPolicyOptions,
  keyPair, type Permission, Public, RequirePermission, secretKey, type SecurityPolicy, type TokenService,
} from 'nestjs-jwt-policy';
const keys = secretKey(process.env['JWT_SECRET']);
const base = { issuer: 'https://shop.example', audience: 'shop-api', keys };
`;
const TYPED = `declare module 'nestjs-jwt-policy' { interface Register { permission: 'view' | 'edit' } }\n`;

describe('the types of the core door', () => {
  const accepted: [string, string][] = [
    ['a decorator on a class and on a method', `@RequirePermission('view') class A { @Authenticated() a() {} }`],
    [
      'an identity as a parameter',
      `class A { a(@CurrentIdentity() me: Identity) { return me.permissions.has('view'); } }`,
    ],
    ['any permission until the app names its own', `class A { @RequirePermission('whatever') a() {} }`],
    ['nested requirements', `class A { @RequirePermission(anyOf('edit', allOf('view', 'audit'))) a() {} }`],
    ['a named permission', `${TYPED} class A { @RequirePermission('view') a() {} }`],
    [
      'durations with a unit',
      `JwtPolicyModule.forRoot({ ...base, issue: { lifetime: '3600s' }, verify: { leeway: '0.5m' } });`,
    ],
    ['a service handed to a function', `export const issue = (tokens: TokenService) => tokens.issue({ id: 1n });`],
    [
      'a decision narrowed by allowed',
      `export const f = (p: SecurityPolicy) => { const d = p.permits(null, 'view'); return d.allowed ? d.code : d.missing; };`,
    ],
    ['a freshness with its age', `class A { @Freshness({ maxStale: '30s' }) a() {} }`],
    [
      'a token to revoke, as text or verified',
      `export const f = (t: TokenService, me: Identity) => [t.revoke(me.token), t.revoke('')];`,
    ],
    [
      'the id of a subject as issue() takes it',
      `export const f = (t: TokenService) => [t.revokeAll(1), t.revokeAll('1'), t.forget(1n)];`,
    ],
    [
      'a store of one’s own',
      `JwtPolicyModule.forRoot({ ...base, identify: { revocations: { add: async () => {}, find: async () => ({ revoked: false }) } } });`,
    ],
    [
      'sessions, by refresh token or by id and subject',
      `export const f = async (t: TokenService, me: Identity) => {
         const { refreshToken, sessionId } = await t.openSession({ id: 1 }, { device: 'a phone' });
         const all = [t.refresh(refreshToken), t.renew(me.token), t.sessions(me.id), t.closeAllSessions(me.id)];
         return [...all, t.closeSession(refreshToken), t.closeSession(sessionId, me.id)];
       };`,
    ],
    [
      'a store of sessions',
      `import { MemorySessions, type SessionStore } from 'nestjs-jwt-policy';
       export const store: SessionStore = new MemorySessions();
       JwtPolicyModule.forRoot({ ...base, issue: { sessions: { store, idle: '7d', absolute: '30d', grace: '5s', most: 5 } } });`,
    ],
    [
      'clients of ioredis and of redis',
      `import { Redis } from 'ioredis'; import { createClient } from 'redis'; import { redisRevocations } from 'nestjs-jwt-policy/redis';
       export const stores = [redisRevocations(new Redis()), redisRevocations(createClient(), { staleAfter: '1s' })];`,
    ],
    [
      'cookies that are renewed, and what they are set from',
      `import { sessionCookies } from 'nestjs-jwt-policy';
       export const cookies = sessionCookies({ access: { path: '/api' }, renewAfter: '5m', insecure: 'development' });
       JwtPolicyModule.forRoot({ ...base, cookies });
       export const f = async (t: TokenService, response: unknown) => cookies.set(response, await t.openSession({ id: 1 }));
       export const g = async (t: TokenService, response: unknown) => cookies.set(response, await t.issue({ id: 1 }));`,
    ],
    [
      'a public route for every site',
      `import { CrossSite } from 'nestjs-jwt-policy'; class A { @Public() @CrossSite() a() {} }`,
    ],
    ['names as the type Permission', `${TYPED} export const name: Permission = 'edit';`],
  ];

  it.each(accepted)('accept %s', (_case, code) => {
    expect(problems.get(code)).toEqual([]);
  });

  const refusedOnes: [string, string, RegExp][] = [
    ['a route decorator on a property', `class A { @RequirePermission('view') a = 1; }`, /TS1240/],
    ['a route decorator on a parameter', `class A { a(@RequirePermission('view') b: string) { return b; } }`, /TS1239/],
    ['@CurrentIdentity on a method', `class A { @CurrentIdentity() a() {} }`, /TS1241/],
    ['@Public on a property', `class A { @Public() a = 1; }`, /TS1240/],
    ['a misspelt permission', `${TYPED} class A { @RequirePermission('veiw') a() {} }`, /"veiw"/],
    [
      'a misspelt permission in anyOf',
      `${TYPED} class A { @RequirePermission(anyOf('view', 'edti')) a() {} }`,
      /"edti"/,
    ],
    [
      'a misspelt permission in permits',
      `${TYPED} export const f = (p: SecurityPolicy) => p.permits(null, 'veiw');`,
      /"veiw"/,
    ],
    [
      'a misspelt permission in a token',
      `${TYPED} export const f = (t: TokenService) => t.issue({ id: 1, permissions: ['veiw'] });`,
      /"veiw"/,
    ],
    [
      'a misspelt default permission',
      `${TYPED} JwtPolicyModule.forRoot({ ...base, decide: { defaultPermission: 'veiw' } });`,
      /"veiw"/,
    ],
    ['a lifetime without a unit', `JwtPolicyModule.forRoot({ ...base, issue: { lifetime: 3600 } });`, /TS2322/],
    ['a lifetime of digits only', `JwtPolicyModule.forRoot({ ...base, issue: { lifetime: '3600' } });`, /TS2322/],
    ['an unknown option', `JwtPolicyModule.forRoot({ ...base, algorithm: 'none' });`, /TS2353/],
    [
      'an unknown option of a block',
      `JwtPolicyModule.forRoot({ ...base, verify: { ignoreExpiration: true } });`,
      /TS2353/,
    ],
    ['options without keys', `export const o: JwtPolicyOptions = { issuer: 'a', audience: 'b' };`, /TS2741/],
    ['a secret instead of a key', `JwtPolicyModule.forRoot({ ...base, keys: 'secret' });`, /TS2322/],
    ['a pattern as an issuer', `JwtPolicyModule.forRoot({ ...base, issuer: /shop/ });`, /TS2322/],
    ['a pair for a secret algorithm', `keyPair({ privateKey: '', alg: 'HS256' });`, /TS2820/],
    ['a secret for a pair algorithm', `secretKey('', { alg: 'RS256' });`, /TS2820/],
    ['an age without a unit', `class A { @Freshness({ maxStale: 30 }) a() {} }`, /TS2322/],
    [
      'a store that cannot find',
      `JwtPolicyModule.forRoot({ ...base, identify: { revocations: { add: async () => {} } } });`,
      /TS2741/,
    ],
    [
      'an object in the place of a refresh token or an id',
      `export const f = (t: TokenService) => t.closeSession({ id: 'x', subject: 'joe' });`,
      /TS2345/,
    ],
    [
      'an idle limit without a unit',
      `JwtPolicyModule.forRoot({ ...base, issue: { sessions: { idle: 3600 } } });`,
      /TS2322/,
    ],
    [
      'an address instead of a Redis client',
      `import { redisRevocations } from 'nestjs-jwt-policy/redis'; redisRevocations('redis://localhost');`,
      /TS2345/,
    ],
    [
      'cookies for every site',
      `import { sessionCookies } from 'nestjs-jwt-policy'; sessionCookies({ sameSite: 'none' });`,
      /TS2322/,
    ],
    [
      'a refresh token for a cookie without its end',
      `import { sessionCookies } from 'nestjs-jwt-policy';
       sessionCookies().set({}, { token: 'a', expiresAt: new Date(), refreshToken: 'r' });`,
      /TS2345/,
    ],
    [
      'cookies that nobody checked',
      `JwtPolicyModule.forRoot({ ...base, cookies: { access: {} } });`,
      /TS2353|TS2740|TS2739/,
    ],
    ['@CrossSite on a class', `import { CrossSite } from 'nestjs-jwt-policy'; @CrossSite() class A {}`, /TS1238/],
    ['a freshness that does not exist', `class A { @Freshness('stale') a() {} }`, /TS2345/],
    ['a change to an identity', `export const f = (me: Identity) => { me.permissions.add('admin'); };`, /TS2339/],
    ['a subject without an id', `export const f = (t: TokenService) => t.issue({ name: 'joe' });`, /TS2345/],
  ];

  // What names the permissions does so for a whole program, so there is one program with and one without.
  const problems = new Map<string, string[]>();
  beforeAll(() => {
    const codes = [...accepted, ...refusedOnes].map(([, code]) => code);
    for (const typed of [true, false]) {
      const together = codes.filter((code) => code.startsWith(TYPED) === typed);
      const found = problemsOfEach(together.map((code) => LIBRARY + code));
      for (const [index, code] of together.entries()) problems.set(code, found[index]);
    }
  });

  it.each(refusedOnes)('refuse %s', (_case, code, problem) => {
    expect(problems.get(code)?.[0]).toMatch(problem);
  });
});
