import { Controller, Get, type INestApplication, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as tick } from 'node:timers/promises';
import {
  CurrentIdentity,
  type Identity,
  JwtPolicyModule,
  keyPair,
  type KeyRing,
  RequirePermission,
  TokenService,
} from 'nestjs-jwt-policy';
import { script } from '../support/command-line.js';
import { OPTIONS } from '../support/guarded-shop.js';
import { send } from '../support/http.js';
import { startIdentityProvider } from '../support/identity-provider.js';
import { PAIRS, pem } from '../support/key-pairs.js';
import { boot } from '../support/mistakes.js';
import { listen, PLATFORMS } from '../support/platforms.js';
import { serviceFor } from '../support/token-services.js';
import { SECRET } from '../support/tokens.js';
import { LIBRARY_README, read, snippets } from './markdown.js';
import { run, snippetWith } from './run-snippet.js';

jest.setTimeout(60_000);

const MINUTE = 60_000;
const before = { ...process.env };
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'readme-'));
});
afterEach(() => {
  process.env = { ...before };
  jest.useRealTimers();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the commands of the README as they stand there, with the tool of this repository in the place of the one that npx finds. */
function follow(commands: string): void {
  writeFileSync(
    join(folder, 'npx'),
    `#!/bin/sh\n[ "$1" = nestjs-jwt-policy ] && shift && exec "$NODE" -e "$SCRIPT" -- "$@"\n`,
  );
  chmodSync(join(folder, 'npx'), 0o700);
  const env = { PATH: `${folder}:${process.env.PATH}`, NODE: process.execPath, SCRIPT: script };
  execFileSync('sh', ['-ec', commands], { cwd: folder, env, stdio: 'pipe' });
}

/** Lets time pass by the stopped clock, and a file be read by the real one, until something holds. */
async function eventually(holds: () => boolean): Promise<void> {
  for (let turns = 0; !holds(); turns += 1) {
    if (turns > 20_000) throw new Error('waited in vain');
    await jest.advanceTimersByTimeAsync(10);
    await tick();
  }
}

describe('the keys that the README makes', () => {
  it('are there, for nobody else to read, and fit what it says of them', () => {
    const [commands] = snippets(LIBRARY_README).filter(
      ({ title, language }) => language === 'sh' && title.includes('Make a key'),
    );
    follow(commands.text);
    for (const file of ['first.pem', 'second.pem']) {
      expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
      expect(keyPair({ privateKey: readFileSync(join(folder, file), 'utf8'), alg: 'ES256' }).canSign).toBe(true);
    }
    expect(readFileSync(join(folder, 'secret.txt'), 'utf8').trim()).toMatch(/^[\w-]{86}$/);
  });
});

const pass = async (minutes: number): Promise<void> => {
  for (let minute = 0; minute < minutes; minute += 1) {
    await jest.advanceTimersByTimeAsync(MINUTE);
    for (let turn = 0; turn < 50; turn += 1) await tick();
  }
};

describe('the rotation of the README', () => {
  let app: INestApplication;
  afterEach(() => app.close());

  it('goes from one key to the next, step by step, and refuses nobody', async () => {
    process.env.KEY_FOLDER = folder;
    const steps = [...read(LIBRARY_README).matchAll(/^\d\. .*?`(\{ "active".*?\})`/gms)].map(([, step]) => step);
    expect(steps).toHaveLength(4);
    const follows = (step: number): void => writeFileSync(join(folder, 'keys.json'), steps[step]);
    const kidOf = (file: string): string =>
      keyPair({ privateKey: readFileSync(join(folder, file), 'utf8'), alg: 'ES256' }).kid;
    const [first, second] = [kidOf('first.pem'), kidOf('second.pem')];

    follows(0);
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance'] });
    const { keys: ring } = run(snippetWith('KEY_FOLDER')) as { keys: KeyRing };
    @Module({ imports: [JwtPolicyModule.forRoot({ ...OPTIONS, keys: ring })] })
    class AppModule {}
    app = await NestFactory.create(AppModule, { logger: false });
    await app.init();
    const tokens = app.get(TokenService);
    expect(ring.active.kid).toBe(first);
    const { token: early } = await tokens.issue({ id: 1 });

    follows(1);
    await pass(1);
    await eventually(() => ring.upcoming.some(({ kid }) => kid === second));
    expect(ring.active.kid).toBe(first);

    await pass(5);
    follows(2);
    const { token: late } = await tokens.issue({ id: 1 });
    await pass(1);
    await eventually(() => ring.active.kid === second);
    const { token: next } = await tokens.issue({ id: 1 });
    const { keys: another } = run(snippetWith('KEY_FOLDER')) as { keys: KeyRing };
    await another.open(() => {});
    const started = serviceFor({ ...OPTIONS, keys: another });
    for (const token of [early, late, next]) {
      await expect(tokens.verify(token)).resolves.toMatchObject({ subject: '1' });
      await expect(started.verify(token)).resolves.toMatchObject({ subject: '1' });
    }
    await another.close();
    expect(ring.retiring.map(({ kid }) => kid)).toEqual([first]);

    // Left out too soon: a token of another instance may be signed for seven minutes more, and lives for fifteen.
    follows(3);
    await pass(20);
    expect(ring.find(first)).toBeDefined();
    await pass(4);
    await eventually(() => ring.retiring.length === 0);
    expect(ring.find(first)).toBeUndefined();
  });
});

@Controller('basket')
class BasketController {
  @Get()
  @RequirePermission('view')
  show(@CurrentIdentity() me: Identity): object {
    return { owner: me.id };
  }
}

describe.each(PLATFORMS)('the identity provider of the README on %s', (_name, adapter) => {
  it('issues tokens that open a route', async () => {
    const provider = await startIdentityProvider();
    process.env.OIDC_ISSUER = provider.issuer;
    const { AppModule } = run(snippetWith('OIDC_ISSUER'));
    const { app, url } = await listen(
      { imports: [AppModule as Type<unknown>], controllers: [BasketController] },
      adapter,
    );
    const basket = async (scope: string): Promise<unknown> =>
      send(`${url}/basket`, `Bearer ${await provider.getToken({ scope })}`);
    expect(await basket('view')).toMatchObject({ status: 200, body: { owner: provider.subject } });
    expect(await basket('edit')).toMatchObject({ status: 403, body: { code: 'ERR_PERMISSION_MISSING' } });
    expect(await send(`${url}/basket`)).toMatchObject({ status: 401, body: { code: 'ERR_TOKEN_MISSING' } });
    await app.close();
    await provider.stop();
  });

  it('finds the keys that are published', async () => {
    process.env.JWT_PRIVATE_KEY = pem(PAIRS.ES256.privateKey);
    const { AppModule } = run(snippetWith('JWT_PRIVATE_KEY'));
    const { app, url } = await listen({ imports: [AppModule as Type<unknown>] }, adapter);
    const { body } = await send(`${url}/.well-known/jwks.json`);
    expect(body).toMatchObject({ keys: [{ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' }] });
    await app.close();
  });
});

describe('several issuers', () => {
  it('are no reason not to start while one of them is away', async () => {
    process.env.JWT_SECRET = SECRET;
    const { policy } = run(snippetWith('subjectPrefix'));
    await expect(boot({ imports: [policy as Type<unknown>] })).resolves.toBeUndefined();
  });
});
