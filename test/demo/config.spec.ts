import { randomBytes } from 'node:crypto';
import { ConfigError, readConfig } from '../../apps/demo/src/config.js';

const secret = randomBytes(64).toString('base64url');

function problemsOf(env: Record<string, string>): string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n  - ').slice(1);
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  it('needs nothing', () => {
    expect(readConfig({})).toMatchObject({
      port: 3000,
      host: '127.0.0.1',
      platform: 'express',
      databaseUrl: undefined,
      redisUrl: undefined,
      jwtIssuer: 'https://shop.example',
      jwtAudience: 'shop-api',
      freshness: 'live',
      timeZone: 'Europe/London',
      examplePeople: true,
    });
  });

  it('takes everything', () => {
    const env = {
      PORT: '0',
      HTTP_PLATFORM: 'fastify',
      DATABASE_URL: 'postgresql://shop:word@db.example:5432/shop',
      REDIS_URL: 'rediss://shop:word@redis.example:6380/1',
      JWT_SECRET: secret,
      JWT_ISSUER: 'https://other.example',
      JWT_AUDIENCE: 'other-api',
      FRESHNESS: 'token',
      SHOP_TIME_ZONE: 'Asia/Tokyo',
    };
    expect(readConfig(env)).toMatchObject({
      port: 0,
      platform: 'fastify',
      databaseUrl: env.DATABASE_URL,
      redisUrl: env.REDIS_URL,
      jwtSecret: secret,
      jwtIssuer: 'https://other.example',
      jwtAudience: 'other-api',
      freshness: 'token',
      timeZone: 'Asia/Tokyo',
      warnings: [],
    });
  });

  it.each([
    ['live', 'live'],
    ['token', 'token'],
    ['30s', { maxStale: '30s' }],
    ['1ms', { maxStale: '1ms' }],
    ['1.5h', { maxStale: '1.5h' }],
    ['1d', { maxStale: '1d' }],
  ])('takes FRESHNESS=%s', (value, freshness) => {
    expect(readConfig({ FRESHNESS: value }).freshness).toEqual(freshness);
  });

  it.each([
    'redis://redis',
    'redis://127.0.0.1:6379',
    'redis://:word@[::1]:6379/15',
    'rediss://redis.example/?family=6',
  ])('takes REDIS_URL=%s', (value) => {
    expect(readConfig({ REDIS_URL: value }).redisUrl).toBe(value);
  });

  it('makes another secret for each run, and says so', () => {
    const [one, two] = [readConfig({}), readConfig({})];
    expect(one.jwtSecret).not.toBe(two.jwtSecret);
    expect(Buffer.from(one.jwtSecret, 'base64url')).toHaveLength(64);
    expect(one.warnings).toEqual([expect.stringMatching(/^JWT_SECRET /)]);
  });

  it.each([
    ['PORT', 'abc'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '3000.5'],
    ['PORT', '0x10'],
    ['PORT', ' 80'],
    ['PORT', ''],
    ['HTTP_PLATFORM', 'koa'],
    ['HTTP_PLATFORM', 'Express'],
    ['DATABASE_URL', 'mysql://localhost/shop'],
    ['DATABASE_URL', 'localhost:5432'],
    ['DATABASE_URL', 'postgres://host:port/shop'],
    ['DATABASE_URL', ''],
    ['REDIS_URL', ''],
    ['REDIS_URL', 'redis'],
    ['REDIS_URL', '127.0.0.1:6379'],
    ['REDIS_URL', 'redis:6379'],
    ['REDIS_URL', 'redis://'],
    ['REDIS_URL', 'redis:///1'],
    ['REDIS_URL', 'redis://shop:s3cret-word@'],
    ['REDIS_URL', 'redis://redis:port'],
    ['REDIS_URL', 'redis://redis/shop'],
    ['REDIS_URL', 'http://redis:6379'],
    ['REDIS_URL', 'https://shop:s3cret-word@redis.example'],
    ['JWT_SECRET', ''],
    ['JWT_SECRET', 'myJWTsecret100#'],
    ['JWT_SECRET', 'x'.repeat(64)],
    ['JWT_SECRET', randomBytes(40).toString('hex').slice(0, 63)],
    ['JWT_ISSUER', ''],
    ['JWT_ISSUER', '  '],
    ['JWT_AUDIENCE', ''],
    ['FRESHNESS', 'fresh'],
    ['FRESHNESS', ''],
    ['FRESHNESS', 'Live'],
    ['FRESHNESS', '30'],
    ['FRESHNESS', '30 s'],
    ['FRESHNESS', '30s '],
    ['FRESHNESS', '-30s'],
    ['FRESHNESS', '30S'],
    ['FRESHNESS', '1w'],
    ['FRESHNESS', '0s'],
    ['FRESHNESS', '0.1ms'],
    ['FRESHNESS', '25h'],
    ['FRESHNESS', '1000000000000s'],
    ['FRESHNESS', '{"maxStale":"30s"}'],
    ['SHOP_TIME_ZONE', 'Mars/Olympus'],
    ['SHOP_TIME_ZONE', ''],
  ])('refuses %s=%s in one line that names it and does not repeat it', (name, value) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name} `));
    expect(problems[0]).not.toContain('\n');
    expect(problems[0]?.includes(value) && value.length > 12).toBe(false);
  });

  it('lists all problems at once', () => {
    const problems = problemsOf({ PORT: 'x', FRESHNESS: 'y', JWT_SECRET: 'z', REDIS_URL: 'r', NODE_ENV: 'production' });
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual(['PORT', 'REDIS_URL', 'JWT_SECRET', 'FRESHNESS']);
  });

  it('accepts nothing exemplary in production', () => {
    expect(problemsOf({ NODE_ENV: 'production' })).toEqual([expect.stringMatching(/^JWT_SECRET is missing/)]);
    const config = readConfig({ NODE_ENV: 'production', JWT_SECRET: secret });
    expect(config).toMatchObject({ examplePeople: false, host: '0.0.0.0' });
    expect(config.warnings).toEqual([
      expect.stringMatching(/example people/),
      expect.stringMatching(/^DATABASE_URL /),
      expect.stringMatching(/^REDIS_URL /),
    ]);
  });

  it('warns in production of nothing that is set', () => {
    const urls = { DATABASE_URL: 'postgres://db/shop', REDIS_URL: 'redis://redis' };
    const config = readConfig({ NODE_ENV: 'production', JWT_SECRET: secret, ...urls });
    expect(config.warnings).toEqual([expect.stringMatching(/example people/)]);
  });
});
