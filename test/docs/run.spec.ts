import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import type { INestApplication, Type } from '@nestjs/common';
import { InvalidToken } from 'nestjs-jwt-policy';
import { send } from '../support/http.js';
import { listen, PLATFORMS } from '../support/platforms.js';
import { SECRET } from '../support/tokens.js';
import { read, snippets } from './markdown.js';
import { run, snippetWith } from './run-snippet.js';

jest.setTimeout(60_000);

const before = process.env['JWT_SECRET'];
beforeAll(() => {
  process.env['JWT_SECRET'] = SECRET;
});
afterAll(() => {
  if (before === undefined) delete process.env['JWT_SECRET'];
  else process.env['JWT_SECRET'] = before;
});

describe.each(PLATFORMS)('the quick start on %s', (_name, adapter) => {
  let app: INestApplication;
  let url: string;
  beforeAll(async () => {
    const { AppModule } = run(snippetWith('class LoginController', 'class AppModule'));
    ({ app, url } = await listen({ imports: [AppModule as Type<unknown>] }, adapter));
  });
  afterAll(() => app.close());

  it('refuses without a token', async () => {
    const { status, challenge } = await send(`${url}/basket`);
    expect([status, challenge]).toEqual([401, 'Bearer realm="shop-api"']);
  });

  it('lets the token of its log-in in', async () => {
    const { body } = await send(`${url}/login`, undefined, { method: 'POST' });
    const answer = await send(`${url}/basket`, `Bearer ${(body as { token: string }).token}`);
    expect([answer.status, answer.body]).toEqual([200, { owner: 'joe' }]);
  });
});

describe('the way from the recipe', () => {
  interface Login {
    login(user: object): Promise<{ access_token: string }>;
  }
  interface Verifier {
    verify(token: string): Promise<{ subject: string; name?: string }>;
  }
  const user = { userId: 7, username: 'joe' };

  it('refuses what the recipe issued, and accepts what was issued for both', async () => {
    const { JwtService } = jest.requireActual<typeof import('@nestjs/jwt')>('@nestjs/jwt');
    const old = new JwtService({ secret: SECRET });
    const { issueForBoth } = run(snippetWith('issueForBoth')) as {
      issueForBoth: (jwt: object, user: object) => string;
    };
    const { AuthModule, AuthService } = run(snippetWith("guard: 'manual'", 'class AuthModule'));
    const { TokenService } = jest.requireActual<typeof import('nestjs-jwt-policy')>('nestjs-jwt-policy');
    const { app } = await listen({ imports: [AuthModule as Type<unknown>] }, PLATFORMS[0][1]);
    try {
      const tokens = app.get(TokenService, { strict: false }) as Verifier;
      await expect(tokens.verify(old.sign({ sub: '7' }, { expiresIn: '60s' }))).rejects.toBeInstanceOf(InvalidToken);
      await expect(tokens.verify(issueForBoth(old, user))).resolves.toMatchObject({ subject: '7', name: 'joe' });
      const service = app.get(AuthService as Type<Login>, { strict: false });
      const { access_token: token } = await service.login(user);
      await expect(tokens.verify(token)).resolves.toMatchObject({ subject: '7', name: 'joe' });
    } finally {
      await app.close();
    }
  });
});

// The demo names its permissions for the whole program, so that the compiler must not see it from here.
interface Demo {
  readonly createApp: (config: object, options: object) => Promise<INestApplication>;
  readonly readConfig: (environment: object) => object;
}
const demo = (): Demo => ({
  ...jest.requireActual<Demo>('../../apps/demo/src/create-app.js'),
  ...jest.requireActual<Demo>('../../apps/demo/src/config.js'),
});

const canRun = spawnSync('bash', ['-c', 'command -v curl && command -v node']).status === 0;

const whereCurlIs = canRun ? describe : describe.skip;
whereCurlIs.each(['express', 'fastify'])('the story of the README on %s', (platform) => {
  it('goes as it is told (needs bash and curl)', async () => {
    const { createApp, readConfig } = demo();
    const app = await createApp(readConfig({ HTTP_PLATFORM: platform }), { logger: false });
    await app.listen(0, '127.0.0.1');
    try {
      const told = snippets('README.md')
        .filter(({ title }) => title.startsWith('README.md A story'))
        .map(({ text }) => text)
        .join('');
      const script = told.replace('http://localhost:3000', await app.getUrl());
      expect(script).not.toBe(told);
      const { stdout } = await promisify(execFile)('bash', ['-eu', '-c', script]);
      expect(stdout.match(/^HTTP\/1\.1 \d+/gm)).toEqual(
        ['200', '403', '200', '403', '204', '401', '200', '204', '401', '401'].map((code) => `HTTP/1.1 ${code}`),
      );
      expect([...stdout.matchAll(/^www-authenticate: (.*)\r$/gim)].map(([, value]) => value)).toEqual([
        'Bearer realm="shop-api", error="insufficient_scope", scope="edit"',
        'Bearer realm="shop-api", error="insufficient_scope", scope="view"',
        'Bearer realm="shop-api", error="invalid_token"',
        'Bearer realm="shop-api", error="invalid_token"',
        'Bearer realm="shop-api", error="invalid_token"',
      ]);
    } finally {
      await app.close();
    }
  }, 60_000);
});

describe('the table of people', () => {
  it('names the people of the demo and their passwords', () => {
    interface Person {
      readonly name: string;
      readonly password: string;
      readonly permissions: readonly string[];
    }
    const { examplePeople } = jest.requireActual<{ examplePeople: readonly Person[] }>(
      '../../apps/demo/src/database/example-people.js',
    );
    const lines = read('README.md').split('\n');
    for (const { name, password, permissions } of examplePeople) {
      const line = lines.find((one) => one.startsWith(`| \`${name}\``));
      expect(line).toContain(`\`${password}\``);
      expect(line).toContain(permissions.length === 0 ? 'nothing' : `\`${permissions.join(', ')}\``);
    }
  });
});
