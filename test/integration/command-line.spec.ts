import { createHmac, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { keyPair, publicKey, secretKey } from 'nestjs-jwt-policy';
import type { Finding } from '../../libs/jwt-policy/src/inspect/finding.js';
import { commandLine } from '../support/command-line.js';

jest.setTimeout(90_000);

const SHOP = resolve('test/support/apps/shop.module.ts');
const JWT_SECRET = randomBytes(64).toString('base64url');
const env = { JWT_SECRET };

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'command-line-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const written = (path: string, text: string): string => {
  mkdirSync(join(folder, dirname(path)), { recursive: true });
  writeFileSync(join(folder, path), text);
  return join(folder, path);
};
const findingsIn = (text: string): Finding[] => JSON.parse(text) as Finding[];
const payloadOf = (token: string): Record<string, unknown> => {
  const [header, payload, signature] = token.split('.');
  expect(createHmac('sha512', JWT_SECRET).update(`${header}.${payload}`).digest('base64url')).toBe(signature);
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
};

describe('the tool', () => {
  it.each([
    [['--help'], ['keys new', 'token', 'doctor', '--version']],
    [
      ['keys', 'new', '--help'],
      ['--alg', 'ES256', '--kid', '--out', '--passphrase-env'],
    ],
    [
      ['token', '--help'],
      ['--permissions', '--for', '--name', '--lifetime', '--module'],
    ],
    [
      ['doctor', '-h'],
      ['--strict', '--json', '<module>'],
    ],
  ])('explains itself: %j', async (args, words) => {
    const { status, answer, remarks } = await commandLine(args);
    expect([status, remarks]).toEqual([0, '']);
    for (const word of words) expect(answer).toContain(word);
  });

  it('knows its version', async () => {
    const { version } = JSON.parse(readFileSync('libs/jwt-policy/package.json', 'utf8')) as { version: string };
    expect(await commandLine(['--version'])).toEqual({ status: 0, answer: `${version}\n`, remarks: '' });
  });

  it.each<[string[], RegExp]>([
    [['make', 'coffee'], /^'make coffee' is no command\.\n\nUsage: nestjs-jwt-policy <command>/],
    [['keys', 'new', '--alg', 'none'], /^--alg 'none' is unknown.*\n\nUsage: nestjs-jwt-policy keys new /],
  ])('ends with 2 when it cannot make sense of %j', async (args, why) => {
    const run = await commandLine(args);
    expect(run).toEqual({ status: 2, answer: '', remarks: expect.stringMatching(why) as string });
  });
});

describe('keys new', () => {
  it('prints a private key and nothing else where it can be piped into a file', async () => {
    const { status, answer, remarks } = await commandLine(['keys', 'new', '--alg', 'ES256', '--kid', '2026-11']);
    expect(status).toBe(0);
    expect(answer).toMatch(/^-----BEGIN PRIVATE KEY-----\n[\w+/=\n]+-----END PRIVATE KEY-----\n$/);
    expect(keyPair({ privateKey: answer, alg: 'ES256' }).canSign).toBe(true);
    const [publicText] = /-----BEGIN PUBLIC KEY-----[^]*-----END PUBLIC KEY-----/.exec(remarks) ?? [];
    const verifier = publicKey({ key: publicText, alg: 'ES256' });
    expect(verifier.kid).toBe(keyPair({ privateKey: answer, alg: 'ES256' }).kid);
    expect(remarks).toContain(
      `keyPair({ privateKey: new URL('file:///path/to/key.pem'), alg: 'ES256', kid: '2026-11' })`,
    );
    expect(remarks).not.toContain('PRIVATE KEY-----');
  });

  it('names a pair after its thumbprint when it gets no other name', async () => {
    const { answer, remarks } = await commandLine(['keys', 'new', '--alg', 'Ed25519']);
    expect(remarks).toContain(`Tokens call it ${keyPair({ privateKey: answer, alg: 'Ed25519' }).kid} (RFC 7638)`);
  });

  it('prints a secret, and shows it nowhere else', async () => {
    const { status, answer, remarks } = await commandLine(['keys', 'new', '--alg', 'HS512']);
    expect(status).toBe(0);
    expect(answer).toMatch(/^[\w-]{86}\n$/);
    expect(secretKey(answer.trim()).canSign).toBe(true);
    expect(remarks).toContain(`secretKey(process.env.JWT_SECRET, { alg: 'HS512' })`);
    expect(remarks).not.toContain(answer.trim());
  });

  it('writes a file that only its owner can read, and how to use it', async () => {
    const out = join(folder, "joe's key.pem");
    const { status, answer, remarks } = await commandLine(['keys', 'new', '--alg', 'PS256', '--out', "joe's key.pem"], {
      cwd: folder,
    });
    expect([status, remarks]).toEqual([0, '']);
    expect(statSync(out).mode & 0o777).toBe(0o600);
    const [, url] = /privateKey: (new URL\('.*?'\)), alg/.exec(answer) ?? [];
    expect(url).toBe(`new URL('${pathToFileURL(out).href.replaceAll("'", String.raw`\'`)}')`);
    expect(keyPair({ privateKey: pathToFileURL(out), alg: 'PS256' }).canSign).toBe(true);
    expect(answer).not.toContain('PRIVATE KEY-----');
  });

  it('writes a secret that secretKey() reads from its file', async () => {
    const out = join(folder, 'secret');
    const { answer } = await commandLine(['keys', 'new', '--alg', 'HS256', '--out', out]);
    expect(answer).toContain(`secretKey(new URL('${pathToFileURL(out).href}'), { alg: 'HS256' })`);
    expect(secretKey(pathToFileURL(out), { alg: 'HS256' }).looksTyped).toBe(false);
    expect(answer).not.toContain(readFileSync(out, 'utf8').trim());
  });

  it('never writes over a file', async () => {
    const out = written('key.pem', 'precious');
    const { status, answer, remarks } = await commandLine(['keys', 'new', '--alg', 'ES256', '--out', out]);
    expect([status, answer]).toEqual([2, '']);
    expect(remarks).toBe(`--out: ${out} is there already, and is not overwritten.\n`);
    expect(readFileSync(out, 'utf8')).toBe('precious');
  });

  it('says which file it cannot write', async () => {
    const out = join(folder, 'nowhere/key.pem');
    const { status, remarks } = await commandLine(['keys', 'new', '--alg', 'ES256', '--out', out]);
    expect([status, remarks]).toEqual([2, `--out: ${out} cannot be written (ENOENT).\n`]);
  });

  it('encrypts a private key with what an environment variable holds', async () => {
    const args = ['keys', 'new', '--alg', 'ES256', '--passphrase-env', 'PHRASE'];
    const { status, answer, remarks } = await commandLine(args, { env: { PHRASE: 'correct horse' } });
    expect(status).toBe(0);
    expect(keyPair({ privateKey: answer, passphrase: 'correct horse', alg: 'ES256' }).canSign).toBe(true);
    expect(remarks).toContain('passphrase: process.env.PHRASE');
    expect(remarks).not.toContain('correct horse');
  });

  it.each<Record<string, string>>([{}, { PHRASE: '' }])(
    'refuses to encrypt with no passphrase: %j',
    async (environment) => {
      const args = ['keys', 'new', '--alg', 'ES256', '--passphrase-env', 'PHRASE'];
      const { status, answer, remarks } = await commandLine(args, { env: environment });
      expect([status, answer]).toEqual([2, '']);
      expect(remarks).toBe('--passphrase-env: the environment variable PHRASE is not set, or empty.\n');
    },
  );
});

describe('token', () => {
  it('prints a token of the app and nothing else, and ends though the app leaves something open', async () => {
    const args = ['token', '--permissions', 'view,edit', '--permissions', 'audit', '--for', 'joe', '--name', 'Joe'];
    const { status, answer, remarks } = await commandLine([...args, '--lifetime', '1h', '--module', SHOP], { env });
    expect([status, answer]).toEqual([0, expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+\n$/)]);
    const { iat, exp, ...claims } = payloadOf(answer.trim());
    expect(claims).toMatchObject({ sub: 'joe', permissions: ['view', 'edit', 'audit'], user_name: 'Joe' });
    expect(claims).toMatchObject({ iss: 'https://shop.example', aud: 'shop-api' });
    expect(Number(exp) - Number(iat)).toBe(3600);
    expect(remarks).toMatch(/^The shop starts\.\nFor joe, with view, edit, audit, until \d{4}-.*Z\.\n$/);
  });

  it('leaves to the app what it is not told', async () => {
    const { answer } = await commandLine(['token', '--for', '7', '--module', SHOP], { env });
    const { iat, exp, ...claims } = payloadOf(answer.trim());
    expect(Number(exp) - Number(iat)).toBe(900);
    expect(claims).not.toHaveProperty('permissions');
    expect(claims).not.toHaveProperty('user_name');
  });

  it('says that the permissions of a loading app are those that it loads', async () => {
    const args = ['token', '--for', 'joe', '--permissions', 'view', '--module', `${SHOP}#LoadingModule`];
    const { status, remarks } = await commandLine(args, { env });
    expect(status).toBe(0);
    expect(remarks).toContain('The app loads who joe is');
  });

  it('prints the token also when the app does not close', async () => {
    const args = ['token', '--for', 'joe', '--module', `${SHOP}#UnclosableModule`];
    const { status, answer } = await commandLine(args, { env });
    expect([status, payloadOf(answer.trim()).sub]).toEqual([0, 'joe']);
  });

  it.each([
    ['when the process starts', { NODE_ENV: 'production' }, SHOP],
    ['when the app has read its environment', {}, `${SHOP}#ProductionModule`],
  ])('is refused in production, %s', async (_when, production, module) => {
    const run = await commandLine(['token', '--for', 'joe', '--module', module], { env: { ...env, ...production } });
    expect(run).toEqual({ status: 2, answer: '', remarks: expect.stringMatching(/^NODE_ENV is production/) as string });
  });

  it.each<[string, string, RegExp]>([
    ['the policy is mistaken', '#MistakenModule', /^issue\.lifetime is longer than verify\.maxLifetime: .*\.\n$/],
    ['there is no policy', '#BareModule', /^The app does not import JwtPolicyModule\.\n$/],
    ['the app fails', '#FailingModule', /^The app does not start: Error: the database is away\n\s+at /],
    ['its factory fails', '#failingFactory', /^The app does not start: Error: no configuration\n/],
    ['there is no such export', '#Missing', /exports no module 'Missing'\. It exports .*\bAppModule,/],
    ['the export is something else', '#notAModule', /exports no module 'notAModule'/],
  ])('is refused when %s', async (_why, exported, why) => {
    const run = await commandLine(['token', '--for', 'joe', '--module', SHOP + exported], { env });
    expect(run).toEqual({ status: 2, answer: '', remarks: expect.stringMatching(why) as string });
    expect(run.remarks).not.toContain(JWT_SECRET);
  });

  it('is refused for a lifetime that the policy does not allow', async () => {
    const args = ['token', '--for', 'joe', '--module', `${SHOP}#ShortModule`, '--lifetime', '8d'];
    const { status, answer, remarks } = await commandLine(args, { env });
    expect([status, answer]).toEqual([2, '']);
    expect(remarks).toMatch(/^issue\(\): the lifetime is longer than verify\.maxLifetime \(3600 s\)/);
  });
});

describe('the module of an app', () => {
  const shop = `module.exports = require(${JSON.stringify(SHOP)});`;
  const reexported = (name: string): string => `exports.${name} = require(${JSON.stringify(SHOP)}).AppModule;`;
  const places = ['dist/app.module.js', 'dist/src/app.module.js'];
  const workspace = ['dist/apps/shop/app.module.js', 'dist/apps/shop/apps/shop/src/app.module.js'];

  it.each([...places, ...workspace])('is found in %s', async (place) => {
    written('nest-cli.json', JSON.stringify({ monorepo: true, root: 'apps/shop', sourceRoot: 'apps/shop/src' }));
    written(place, shop);
    const { status, answer } = await commandLine(['token', '--permissions', 'view', '--for', 'joe'], {
      env,
      cwd: folder,
    });
    expect([status, payloadOf(answer.trim()).sub]).toEqual([0, 'joe']);
  });

  it('is missed with all the places where it was looked for', async () => {
    written('nest-cli.json', JSON.stringify({ sourceRoot: 'src' }));
    const run = await commandLine(['token', '--for', 'joe'], { env, cwd: folder });
    expect(run).toEqual({ status: 2, answer: '', remarks: expect.stringMatching(/Build the app first/) as string });
    for (const place of places) expect(run.remarks).toContain(place);
  });

  it.each<[string, string, RegExp]>([
    ['dist/other.module.js', '', /^There is no file .*dist\/other\.module\.js: build the app first/],
    ['nest-cli.json', '{', /^nest-cli\.json is no JSON/],
  ])('is missed with a word about %s', async (file, text, why) => {
    if (text) written(file, text);
    const args = ['token', '--for', 'joe', ...(text ? [] : ['--module', file])];
    const { status, remarks } = await commandLine(args, { env, cwd: folder });
    expect([status, remarks]).toEqual([2, expect.stringMatching(why)]);
  });

  const required = `require(${JSON.stringify(SHOP)})`;
  const inModule = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;

  it.each<[string, string, string]>([
    ['the default export', 'mjs', `${inModule} export default ${required}.AppModule; export const AppModule = 1;`],
    ['called AppModule', 'mjs', `${inModule} export const { AppModule, WeakModule } = ${required};`],
    ['the only module', 'cjs', `${reexported('ShopModule')} exports.limit = 3; exports.help = () => {};`],
    ['a class that is all there is', 'cjs', `module.exports = ${required}.AppModule;`],
    ['a dynamic module', 'cjs', `exports.default = ${required}.dynamic;`],
    ['what a function returns later', 'cjs', `exports.default = ${required}.laterModule;`],
    ['a promise', 'cjs', `exports.default = ${required}.laterModule();`],
  ])('is %s', async (_what, ending, text) => {
    const module = written(`some.${ending}`, text);
    const { status, answer, remarks } = await commandLine(['token', '--for', 'joe', '--module', module], { env });
    expect([status, remarks]).toEqual([0, expect.stringContaining('For joe')]);
    expect(payloadOf(answer.trim()).sub).toBe('joe');
  });

  it('has to be named when there are several', async () => {
    const module = written('two.cjs', `${reexported('OneModule')} ${reexported('TwoModule')}`);
    const { status, remarks } = await commandLine(['token', '--for', 'joe', '--module', module], { env });
    expect([status, remarks]).toEqual([
      2,
      expect.stringMatching(/exports several modules, OneModule, TwoModule: .*#OneModule/),
    ]);
    expect((await commandLine(['token', '--for', 'joe', '--module', `${module}#TwoModule`], { env })).status).toBe(0);
  });

  it('is shown to fail where its file does', async () => {
    const module = written('broken.cjs', `throw new Error('no such thing');`);
    const { status, remarks } = await commandLine(['doctor', module], { env });
    expect([status, remarks]).toEqual([2, expect.stringMatching(/^The app does not start: Error: no such thing\n/)]);
  });

  it('ends the tool with 2 also when it fails behind its back', async () => {
    const module = written('late.cjs', `process.nextTick(() => { throw new Error('too late'); }); ${shop}`);
    const { status, remarks } = await commandLine(['doctor', module], { env });
    expect([status, remarks]).toEqual([2, expect.stringMatching(/^Error: too late\n/m)]);
  });

  it('can be the shop of the demo as it is', async () => {
    const args = ['token', '--permissions', 'view', '--for', '1', '--module', 'apps/demo/src/app.module.ts'];
    const { status, answer, remarks } = await commandLine(args, { env });
    expect(remarks).toMatch(/^For 1, with view, until/);
    expect([status, payloadOf(answer.trim()).sub]).toEqual([0, '1']);
  });
});

describe('doctor', () => {
  it('ends with 0 when there is nothing but advice, and with 1 when that is not good enough', async () => {
    const lenient = await commandLine(['doctor', SHOP], { env });
    expect(lenient).toMatchObject({ status: 0, remarks: 'The shop starts.\n' });
    expect(lenient.answer).toMatch(/^advice {2}NO_ROTATION {2}keys: .*\n {8}.*\n/);
    expect(lenient.answer).toMatch(/UNDECLARED_ROUTES .* refuse everybody: GET BasketController\.forgotten\./);
    expect(lenient.answer).toMatch(/\n0 weak, \d advice\.\n$/);
    expect((await commandLine(['doctor', '--strict', SHOP], { env })).status).toBe(1);
  });

  it('ends with 1 when something is weak', async () => {
    const { status, answer } = await commandLine(['doctor', `${SHOP}#WeakModule`], { env });
    expect(status).toBe(1);
    expect(answer).toMatch(/^weak {4}OPEN_BY_DEFAULT {2}decide\.undeclared: /);
    expect(answer).toMatch(/\n2 weak, \d advice\.\n$/);
  });

  it('finds a secret that somebody made up, and does not repeat it', async () => {
    const typed = 'this is my secret key, which nobody will ever guess, because it is long';
    const { status, answer, remarks } = await commandLine(['doctor', '--json', SHOP], { env: { JWT_SECRET: typed } });
    expect(status).toBe(1);
    expect(findingsIn(answer)[0]).toMatchObject({ code: 'WEAK_SECRET', grade: 'weak', option: 'keys' });
    expect(answer + remarks).not.toContain(typed);
  });

  it('prints JSON for programs', async () => {
    const { status, answer } = await commandLine(['doctor', '--json', `${SHOP}#WeakModule`], { env });
    expect(status).toBe(1);
    for (const finding of findingsIn(answer)) {
      expect(Object.keys(finding)).toEqual(['code', 'grade', 'option', 'problem', 'fix']);
    }
    expect(findingsIn(answer).map(({ code }) => code)).toEqual(expect.arrayContaining(['UNDECLARED_ROUTES']));
  });

  it.each<[string, Record<string, string>, string, RegExp]>([
    ['the policy is mistaken', env, '#MistakenModule', /^issue\.lifetime is longer than verify\.maxLifetime: .*\.\n$/],
    ['there is no secret', {}, '', /^keys: secretKey\(\) was given no secret: .*\.\n$/],
    ['there is no policy', env, '#BareModule', /^The app does not import JwtPolicyModule\.\n$/],
    ['the app fails', env, '#FailingModule', /^The app does not start: Error: the database is away\n/],
  ])('ends with 2 when %s', async (_why, environment, exported, why) => {
    const run = await commandLine(['doctor', SHOP + exported], { env: environment });
    expect(run).toEqual({ status: 2, answer: '', remarks: expect.stringMatching(why) as string });
  });
});
