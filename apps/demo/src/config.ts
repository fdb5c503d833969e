import { randomBytes } from 'node:crypto';
import { type Duration, Freshness, secretKey, untilHour } from 'nestjs-jwt-policy';
import { z } from 'zod';

/** What the shop was told by its environment; also the token to inject it by. */
export abstract class Config {
  abstract readonly port: number;
  abstract readonly host: string;
  abstract readonly platform: 'express' | 'fastify';
  /** Without it the shop brings its own database, which lives as long as the process. */
  abstract readonly databaseUrl: string | undefined;
  /** Without it revocations and failed log-ins are kept in memory, where no other instance sees them. */
  abstract readonly redisUrl: string | undefined;
  abstract readonly jwtSecret: string;
  abstract readonly jwtIssuer: string;
  abstract readonly jwtAudience: string;
  abstract readonly freshness: Freshness;
  abstract readonly timeZone: string;
  abstract readonly examplePeople: boolean;
  abstract readonly logIn: LogInLimits;
  abstract readonly warnings: readonly string[];
}

export interface LogInLimits {
  readonly failuresPerAccount: number;
  readonly failuresPerAddress: number;
  readonly windowSeconds: number;
  readonly hashesAtOnce: number;
  readonly hashesWaiting: number;
}

/** Its message lists every problem, one a line, each with the variable and the way to mend it. */
export class ConfigError extends Error {
  constructor(problems: readonly string[]) {
    super(['The shop cannot start with this environment:', ...problems.map((problem) => `  - ${problem}`)].join('\n'));
    this.name = 'ConfigError';
  }
}

const notBlank = z
  .string()
  .refine((text) => text.trim() !== '', { error: 'is empty: give it a value or unset it', abort: true });

const environment = z.object({
  PORT: notBlank
    .refine((text) => /^\d{1,5}$/.test(text) && Number(text) <= 65535, 'must be a whole number from 0 to 65535')
    .transform(Number)
    .default(3000),
  HTTP_PLATFORM: notBlank
    .pipe(z.enum(['express', 'fastify'], { error: 'must be express or fastify' }))
    .default('express'),
  DATABASE_URL: notBlank
    .refine(
      (text) => /^postgres(ql)?:\/\//.test(text) && URL.canParse(text),
      'must look like postgres://user:password@host:5432/database; unset it for the embedded database',
    )
    .optional(),
  REDIS_URL: notBlank
    .refine(
      (text) => /^rediss?:\/\/[^/?#]+(\/\d*)?(\?.*)?$/.test(text) && URL.canParse(text),
      'must look like redis://user:password@host:6379; unset it to keep revocations and failed log-ins in memory',
    )
    .optional(),
  JWT_SECRET: notBlank.superRefine(acceptedBy(secretKey)).optional(),
  JWT_ISSUER: notBlank.default('https://shop.example'),
  JWT_AUDIENCE: notBlank.default('shop-api'),
  FRESHNESS: notBlank
    .transform((text) => (text === 'token' || text === 'live' ? text : { maxStale: text as Duration }))
    .superRefine(
      acceptedBy(
        Freshness,
        'must be live (ask the database each time), token (trust what was issued) ' +
          'or a time of up to a day, such as 30s (trust what was loaded since)',
      ),
    )
    .default('live'),
  SHOP_TIME_ZONE: notBlank
    .superRefine(acceptedBy((timeZone) => untilHour({ hour: 3, afterDays: 7, timeZone })))
    .default('Europe/London'),
  NODE_ENV: z.string().optional(),
});

/** The only place that knows the names of environment variables. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const parsed = environment.safeParse(env);
  const problems = parsed.error?.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`) ?? [];
  const production = env.NODE_ENV === 'production';
  if (production && env.JWT_SECRET === undefined) {
    problems.push(
      'JWT_SECRET is missing: production needs one of its own, such as `node -p "crypto.randomBytes(64).toString(\'hex\')"` prints',
    );
  }
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);

  const { data } = parsed;
  return {
    port: data.PORT,
    // People with published passwords are for this machine only.
    host: production ? '0.0.0.0' : '127.0.0.1',
    platform: data.HTTP_PLATFORM,
    databaseUrl: data.DATABASE_URL,
    redisUrl: data.REDIS_URL,
    jwtSecret: data.JWT_SECRET ?? randomBytes(64).toString('base64url'),
    jwtIssuer: data.JWT_ISSUER,
    jwtAudience: data.JWT_AUDIENCE,
    freshness: data.FRESHNESS,
    timeZone: data.SHOP_TIME_ZONE,
    examplePeople: !production,
    logIn: {
      failuresPerAccount: 10,
      failuresPerAddress: 100,
      windowSeconds: 60,
      hashesAtOnce: 4,
      hashesWaiting: 100,
    },
    warnings: warnings(data),
  };
}

function warnings({ JWT_SECRET, DATABASE_URL, REDIS_URL, NODE_ENV }: z.output<typeof environment>): string[] {
  const production = NODE_ENV === 'production';
  return [
    ...(JWT_SECRET === undefined
      ? ['JWT_SECRET is not set: a random secret was made, and its tokens end with this run.']
      : []),
    ...(production ? ['NODE_ENV is production: the example people are not created.'] : []),
    ...(production && DATABASE_URL === undefined
      ? ['DATABASE_URL is not set: everything is kept in memory and lost when this run ends.']
      : []),
    ...(production && REDIS_URL === undefined
      ? [
          'REDIS_URL is not set: revocations and failed log-ins are forgotten with this run, and other instances do not hear of them.',
        ]
      : []),
  ];
}

/** The library is the judge of its own options; its messages never hold the value. */
function acceptedBy<T>(
  judge: (value: T) => unknown,
  message?: string,
): (value: T, context: z.RefinementCtx<T>) => void {
  return (value, context) => {
    try {
      judge(value);
    } catch (error) {
      context.addIssue({
        code: 'custom',
        message: message ?? `is refused: ${error instanceof Error ? error.message : 'invalid'}`,
      });
    }
  };
}
