/* oxlint-disable unicorn/consistent-function-scoping -- small helpers stand beside the claims that they serve */
import { channel } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import { Logger, type LoggerService } from '@nestjs/common';
import {
  type Identity,
  InvalidToken,
  keyPair,
  keyRing,
  PolicyException,
  secretKey,
  PermissionsGuard,
  SecurityPolicy,
  TokenService,
} from 'nestjs-jwt-policy';
import { Authenticator } from '../../libs/jwt-policy/src/authenticator.js';
import { checkOptions } from '../../libs/jwt-policy/src/jwt-policy.options.js';
import { EXPIRIES, FORGERIES } from '../support/forgeries.js';
import { GuardedShop, OPTIONS } from '../support/guarded-shop.js';
import { PAIRS, pem } from '../support/key-pairs.js';
import { PLATFORMS } from '../support/platforms.js';
import { sendRaw } from '../support/raw-http.js';
import { serviceFor } from '../support/token-services.js';
import { SECRET, token } from '../support/tokens.js';

const CHANNELS = ['nestjs-jwt-policy:decision', 'nestjs-jwt-policy:token'];
const KEY = PAIRS.ES256.privateKey;
const KEY_PARTS = [
  ...pem(KEY).split('\n').slice(1, -2),
  String(KEY.export({ format: 'jwk' }).d),
  Buffer.from(String(KEY.export({ format: 'jwk' }).d), 'base64url').toString('hex'),
];
const SECRET_PARTS = [
  SECRET,
  SECRET.slice(0, 24),
  Buffer.from(SECRET).toString('hex').slice(0, 24),
  Buffer.from(SECRET).toString('base64').slice(0, 24),
];
const bytesShown = Array.from(Buffer.from(SECRET).subarray(0, 6), (byte) => byte.toString(16).padStart(2, '0')).join(
  ' ',
);
const MATERIAL = [...KEY_PARTS, ...SECRET_PARTS, bytesShown];

/** What a careless program might print of a value. */
function shown(value: unknown): string {
  const error = value instanceof Error ? `${value.stack} ${value.message} ${inspect(value.cause, { depth: 10 })}` : '';
  return [inspect(value, { depth: 10, showHidden: true, getters: true }), json(value), String(value), error].join('\n');
}

function json(value: unknown): string {
  const seen = new WeakSet<object>();
  return JSON.stringify(value, (_key, member: unknown) => {
    if (typeof member === 'bigint') return String(member);
    if (typeof member !== 'object' || member === null) return member;
    if (seen.has(member)) return '';
    seen.add(member);
    return member;
  });
}

/** The parts of a token that are nobody else's business: its claims and, above all, its signature. */
const partsOf = (text: string): string[] => [text, ...text.split('.').slice(1)].filter((part) => part.length >= 16);

class Capture implements LoggerService {
  readonly lines: string[] = [];
  private keep(...parts: unknown[]): void {
    this.lines.push(parts.map(shown).join(' '));
  }
  log = this.keep.bind(this);
  error = this.keep.bind(this);
  warn = this.keep.bind(this);
  debug = this.keep.bind(this);
  verbose = this.keep.bind(this);
  fatal = this.keep.bind(this);
}

describe.each(PLATFORMS)('a whole run of attacks on %s', (_name, adapter) => {
  const capture = new Capture();
  const printed: string[] = [];
  const sent: string[] = [];
  const answers: string[] = [];
  const events: string[] = [];
  const listen = (event: unknown): void => {
    events.push(shown(event));
  };
  const restore: (() => void)[] = [];
  let issued = '';

  beforeAll(async () => {
    for (const stream of [process.stdout, process.stderr]) {
      const spy = jest.spyOn(stream, 'write').mockImplementation((chunk) => {
        printed.push(String(chunk));
        return true;
      });
      restore.push(() => spy.mockRestore());
    }
    for (const method of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) {
      const spy = jest.spyOn(console, method).mockImplementation((...parts: unknown[]) => {
        printed.push(parts.map(shown).join(' '));
      });
      restore.push(() => spy.mockRestore());
    }
    for (const name of CHANNELS) {
      channel(name).subscribe(listen);
      restore.push(() => channel(name).unsubscribe(listen));
    }
    const load = (subject: string) =>
      subject === 'down'
        ? Promise.reject(new Error('database down'))
        : Promise.resolve(subject === 'gone' ? null : { permissions: ['view'] });
    const shop = await GuardedShop.open(adapter, { identify: { load } });
    Logger.overrideLogger(capture);
    restore.push(() => Logger.overrideLogger(false));
    ({ token: issued } = await shop.tokens.issue({ id: '7', name: 'ann', permissions: ['view'] }));

    const texts = [...FORGERIES, ...EXPIRIES].map(([, text]) => text()).filter((text) => /^[\x21-\x7e]+$/.test(text));
    texts.push(issued, token(), token({ sub: 'down' }), token({ sub: 'gone' }));
    sent.push(...texts);
    const ask = async (path: string, headers: readonly string[], method = 'GET'): Promise<void> => {
      const answer = await sendRaw(shop.url, headers, { path, method });
      answers.push(shown([answer, [...answer.headers]]));
    };
    const paths = ['/me', '/basket', '/passport', '/forgotten'];
    await Promise.all(texts.map((text, i) => ask(paths[i % paths.length], [`Authorization: Bearer ${text}`])));
    const combined = texts
      .slice(-4)
      .flatMap((text) =>
        [...paths, '/nowhere'].flatMap((path) =>
          [
            [`Authorization: Bearer ${text}`],
            [`Authorization: Bearer ${text}`, `Authorization: Bearer ${text}`],
            [`Authorization: Basic ${text}`],
          ].flatMap((headers) =>
            ['GET', 'POST'].map((method) => [path, [...headers, 'Content-Length: 0'], method] as const),
          ),
        ),
      );
    await Promise.all(combined.map((request) => ask(...request)));
    await shop.close();
  }, 60_000);
  afterAll(() => {
    for (const undo of restore) undo();
  });

  const leaksIn = (captured: readonly string[]): string[] => {
    const all = captured.join('\n');
    const secrets = [...new Set([...sent.flatMap(partsOf), ...MATERIAL])];
    return secrets.filter((secret) => all.includes(secret));
  };

  it('captures enough to be worth a look', () => {
    expect(sent.length).toBeGreaterThan(150);
    expect(capture.lines.length).toBeGreaterThan(sent.length - 20);
    expect(events.length).toBeGreaterThan(sent.length - 20);
    expect(capture.lines.join('\n')).toContain('audience mismatch');
    expect(capture.lines.join('\n')).toContain('database down');
  });

  it('leaves nothing of a token or a secret in the log', () => {
    expect(leaksIn(capture.lines)).toEqual([]);
  });

  it('leaves nothing of a token or a secret on the console', () => {
    expect(leaksIn(printed)).toEqual([]);
  });

  it('leaves nothing of a token or a secret in the events', () => {
    expect(leaksIn(events)).toEqual([]);
  });

  it('leaves nothing of a token or a secret in the answers', () => {
    expect(leaksIn(answers)).toEqual([]);
  });

  it('leaves nothing of the inner reasons in the answers', () => {
    const reasons = [...new Set(FORGERIES.map(([, , reason]) => reason))];
    expect(reasons.filter((reason) => answers.join('\n').includes(reason))).toEqual([]);
    expect(answers.join('\n')).not.toMatch(/database down|node_modules|libs\/jwt-policy|at async/);
  });
});

describe('what is shown', () => {
  const service = serviceFor(OPTIONS);

  it('of an error about a token is nothing of the token', async () => {
    const errors = await Promise.all(
      [...FORGERIES, ...EXPIRIES].map(async ([, make]) => {
        const text = make();
        const error: unknown = await service.verify(text).catch((caught: unknown) => caught);
        expect(error).toBeInstanceOf(InvalidToken);
        const look = shown(error);
        return [...partsOf(text), ...MATERIAL].filter((part) => look.includes(part));
      }),
    );
    expect(errors.flat()).toEqual([]);
  });

  it('of an error in JSON is its name and code', async () => {
    const error: unknown = await service.verify('garbage').catch((caught: unknown) => caught);
    expect(JSON.parse(JSON.stringify(error))).toEqual({ name: 'InvalidToken', code: 'ERR_TOKEN_INVALID' });
  });

  it('of keys, rings and settings is nothing of their material', () => {
    const pair = keyPair({ privateKey: pem(KEY), alg: 'ES256', kid: 'a' });
    const shared = secretKey(SECRET, { kid: 'b' });
    const ring = keyRing({ active: pair, retiring: [shared] });
    const settings = checkOptions({ ...OPTIONS, keys: ring });
    for (const value of [pair, shared, ring, settings, { options: { ...OPTIONS, keys: ring } }]) {
      const look = shown(value);
      expect(MATERIAL.filter((part) => look.includes(part))).toEqual([]);
    }
  });

  it('of what an app can inject is nothing of the keys', async () => {
    const [[, adapter]] = PLATFORMS;
    const shop = await GuardedShop.open(adapter);
    const looks = [TokenService, SecurityPolicy, Authenticator].map((type) => shown(shop.app.get(type)));
    await shop.close();
    expect(MATERIAL.filter((part) => looks.join('\n').includes(part))).toEqual([]);
  });

  it.each(PLATFORMS)(
    'of a request and of what an app can inject is no token of somebody else (%s)',
    async (_name, adapter) => {
      const requests: unknown[] = [];
      const shop = await GuardedShop.open(adapter, {}, {}, (app) => {
        app.use((request: unknown, _response: unknown, next: () => void) => {
          requests.push(request);
          next();
        });
      });
      const { token: text } = await shop.tokens.issue({ id: 'alice', permissions: ['view'] });
      expect((await shop.get('/basket', `Bearer ${text}`)).status).toBe(200);
      expect((await shop.get('/me')).status).toBe(401);
      const [signature] = text.split('.').slice(-1);
      const injected = [TokenService, SecurityPolicy, Authenticator, PermissionsGuard].map((type) =>
        shop.app.get<object>(type),
      );
      const looks = [requests[1], ...injected].map((value) => inspect(value, { depth: null, maxStringLength: null }));
      await shop.close();
      expect(looks.map((look) => look.includes(signature))).toEqual(looks.map(() => false));
    },
    60_000,
  );

  it('of tokens and identities is not the text of the token', async () => {
    const issued = await service.issue({ id: 1, name: 'joe', permissions: ['view'], claims: { theme: 'dark' } });
    const verified = await service.verify(issued.token);
    const identity: Identity = { id: '1', permissions: new Set(['view']), token: verified };
    const decision = new SecurityPolicy().permits(identity, 'admin');
    const looks = [
      inspect(issued, { depth: 10 }),
      inspect([issued]),
      shown(verified),
      shown(identity),
      shown(decision),
    ];
    expect(partsOf(issued.token).filter((part) => looks.join('\n').includes(part))).toEqual([]);
    expect(JSON.parse(JSON.stringify(issued))).toMatchObject({ token: issued.token });
  });

  it('of a refusal on its way out is the decision and no cause', () => {
    const decision = { allowed: false, code: 'ERR_TOKEN_INVALID', reason: 'x', missing: [] } as const;
    const body = { statusCode: 401, message: 'm', error: 'Unauthorized', code: 'ERR_TOKEN_INVALID' } as const;
    expect(new PolicyException(decision, { status: 401, body }).cause).toBeUndefined();
  });
});
