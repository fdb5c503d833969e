import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';
import {
  InvalidToken,
  keyPair,
  MemoryRevocations,
  MemorySessions,
  type OpenedSession,
  publicKey,
  remoteJwks,
  TokenService,
} from 'nestjs-jwt-policy';
import { checkOptions } from '../../libs/jwt-policy/src/jwt-policy.options.js';
import { cpuMilliseconds } from '../support/cpu.js';
import { FaultySessions } from '../support/faulty-sessions.js';
import { GuardedShop, OPTIONS } from '../support/guarded-shop.js';
import { PAIRS, pem, tokenSignedBy } from '../support/key-pairs.js';
import { jwkOf, KeyServer } from '../support/key-server.js';
import { PLATFORMS } from '../support/platforms.js';
import { whilePolluted } from '../support/pollution.js';
import { recordTokenEvents } from '../support/token-events.js';
import { serviceFor } from '../support/token-services.js';
import { AUDIENCE, ISSUER, token } from '../support/tokens.js';

const JOE = { id: 'joe', name: 'Joe', permissions: ['view'] };
const INVALID = { constructor: InvalidToken, code: 'ERR_TOKEN_INVALID' };
const REVOKED = { constructor: InvalidToken, code: 'ERR_TOKEN_REVOKED' };

/** The parts of a refresh token: session, family and its own secret, each as bytes. */
const partsOf = (text: string): Buffer[] => {
  const bytes = Buffer.from(text, 'base64url');
  return [bytes.subarray(0, 16), bytes.subarray(16, 32), bytes.subarray(32)];
};
const joined = (...parts: Buffer[]): string => Buffer.concat(parts).toString('base64url');

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'none',
    ({ code }: { code: unknown }) => code,
  );

beforeAll(() => Logger.overrideLogger(false));

describe('a refresh token that was made up', () => {
  let loads = 0;
  const tokens = serviceFor({
    ...OPTIONS,
    identify: {
      load: async () => {
        loads += 1;
        return { permissions: ['view'] };
      },
    },
  });

  const forgeries: [flaw: string, forge: (opened: OpenedSession, other: OpenedSession) => unknown][] = [
    ['nothing', () => undefined],
    ['an empty text', () => ''],
    ['a number', () => 86],
    ['an object with the id and whose it is', ({ sessionId }) => ({ id: sessionId, subject: 'joe' })],
    ['random bytes', () => randomBytes(64).toString('base64url')],
    ['zeros', () => joined(Buffer.alloc(64))],
    ['the access token', ({ token: text }) => text],
    ['the signature of the access token', ({ token: text }) => text.split('.')[2]],
    ['the id of the session', ({ sessionId }) => sessionId],
    ['the id, and guessed secrets', ({ refreshToken }) => joined(partsOf(refreshToken)[0], randomBytes(48))],
    [
      'the id and its own secret, and a guessed family',
      ({ refreshToken: text }) => joined(partsOf(text)[0], randomBytes(16), partsOf(text)[2]),
    ],
    [
      'the id of another session',
      ({ refreshToken: text }, other) => joined(partsOf(other.refreshToken)[0], ...partsOf(text).slice(1)),
    ],
    [
      'the id of no session',
      ({ refreshToken: text }) =>
        joined(Buffer.from(randomUUID().replaceAll('-', ''), 'hex'), ...partsOf(text).slice(1)),
    ],
    [
      'the secrets of two sessions',
      ({ refreshToken: text }, other) => joined(...partsOf(text).slice(0, 1), ...partsOf(other.refreshToken).slice(1)),
    ],
    ['one that was cut', ({ refreshToken }) => refreshToken.slice(0, -1)],
    ['one that was extended', ({ refreshToken }) => `${refreshToken}A`],
    ['one that was padded', ({ refreshToken }) => `${refreshToken}==`],
    ['one with a blank', ({ refreshToken }) => `${refreshToken} `],
    ['one after a scheme', ({ refreshToken }) => `Bearer ${refreshToken}`],
    ['one in hexadecimal', ({ refreshToken }) => Buffer.from(refreshToken, 'base64url').toString('hex')],
    ['one in the other alphabet', ({ refreshToken }) => `+/${refreshToken.slice(2)}`],
    [
      'one with spare bits',
      ({ refreshToken }) => refreshToken.slice(0, -1) + String.fromCharCode(refreshToken.charCodeAt(85) + 1),
    ],
    ['two in a row', ({ refreshToken }) => refreshToken + refreshToken],
  ];

  it.each(forgeries)('of %s is refused, loads nobody and hurts no session', async (_flaw, forge) => {
    const [opened, other] = [await tokens.openSession(JOE), await tokens.openSession(JOE)];
    const recorded = recordTokenEvents();
    loads = 0;
    await expect(tokens.refresh(forge(opened, other) as string)).rejects.toMatchObject(INVALID);
    expect(await tokens.closeSession(forge(opened, other) as string)).toBe(false);
    expect([loads, recorded.events]).toEqual([0, []]);
    recorded.stop();
    for (const one of [opened, other]) await tokens.verify((await tokens.refresh(one.refreshToken)).token);
  });

  it.each<[string, (text: string) => unknown]>([
    ['a list', (text) => [text]],
    ['an object', (text) => ({ refreshToken: text, length: 86 })],
    ['an object that says it is one', (text) => ({ toString: () => text })],
    ['a String', (text) => Object(text) as unknown],
  ])('in %s is refused', async (_case, wrap) => {
    const { refreshToken } = await tokens.openSession(JOE);
    await expect(tokens.refresh(wrap(refreshToken) as string)).rejects.toMatchObject(INVALID);
    await tokens.refresh(refreshToken);
  });

  it('of ten megabytes is refused at once', async () => {
    const huge = 'A'.repeat(10_000_000);
    const attempt = (): Promise<unknown> => expect(tokens.refresh(huge)).rejects.toMatchObject(INVALID);
    expect(await cpuMilliseconds(attempt)).toBeLessThan(5);
  });

  it.each<[string, readonly [number, number], string, string]>([
    ['nothing to the session when it is of the id or the family', [0, 32], 'ERR_TOKEN_INVALID', 'none'],
    [
      'an end to it when it is of its own secret: the rest is known',
      [32, 64],
      'ERR_TOKEN_REVOKED',
      'ERR_TOKEN_REVOKED',
    ],
  ])('of one byte of a good one changed is refused, and does %s', async (_case, [from, to], code, then) => {
    for (let index = from; index < to; index += 1) {
      const { refreshToken } = await tokens.openSession(JOE);
      const bytes = Buffer.from(refreshToken, 'base64url');
      bytes[index] ^= 1;
      expect(await codeOf(tokens.refresh(joined(bytes)))).toBe(code);
      expect(await codeOf(tokens.refresh(refreshToken))).toBe(then);
    }
  });
});

describe('a session id in a token', () => {
  it.each([null, 7, true, '', 'x'.repeat(257), {}, [randomUUID()]])(
    'that is %j makes the token invalid',
    async (sid) => {
      await expect(serviceFor(OPTIONS).verify(token({ sid }))).rejects.toMatchObject({
        ...INVALID,
        reason: 'sid is not an identifier',
      });
    },
  );

  it('that is none of our sessions is looked up in vain, and renews nothing', async () => {
    const tokens = serviceFor(OPTIONS);
    const verified = await tokens.verify(token({ sid: 'somebody else wrote it' }));
    expect(verified.sessionId).toBe('somebody else wrote it');
    expect(await tokens.renew(verified)).toBeNull();
  });

  const PARTNER = 'https://partner.example';
  const partnerKey = keyPair({ privateKey: pem(PAIRS.ES256.privateKey), alg: 'ES256' });
  const partnerToken = (sid: unknown, claims = {}): string =>
    tokenSignedBy('ES256', PAIRS.ES256.privateKey, { kid: partnerKey.kid }, { iss: PARTNER, sid, ...claims });

  it.each(['', undefined])('of another issuer is none of ours, with the prefix %j', async (subjectPrefix) => {
    const issuers = [{ issuer: PARTNER, keys: partnerKey, subjectPrefix }];
    const asked: string[] = [];
    class Watched extends MemoryRevocations {
      override find(id: string, subject: string) {
        asked.push(id);
        return super.find(id, subject);
      }
    }
    const tokens = serviceFor({ ...OPTIONS, verify: { issuers }, identify: { revocations: new Watched() } });
    const opened = await tokens.openSession(JOE);
    await tokens.closeSession(opened.refreshToken);
    asked.length = 0;
    const verified = await tokens.verify(partnerToken(opened.sessionId));
    expect([verified.sessionId, asked]).toEqual([undefined, [verified.id]]);
    for (const sid of [7, null, {}]) await tokens.verify(partnerToken(sid));
    expect(await tokens.renew(verified)).toBeNull();
  });

  it('of an identity provider whose tokens are all there is is none of ours', async () => {
    const server = await KeyServer.start(jwkOf(PAIRS.ES256, { kid: 'idp', alg: 'ES256' }));
    const keys = remoteJwks(server.url, { algorithms: ['ES256'] });
    const tokens = serviceFor({ issuer: ISSUER, audience: AUDIENCE, keys });
    const text = tokenSignedBy('ES256', PAIRS.ES256.privateKey, { kid: 'idp' }, { sid: 7 });
    const verified = await tokens.verify(text);
    expect(verified.sessionId).toBeUndefined();
    expect(await tokens.renew(verified)).toBeNull();
    await expect(tokens.openSession(JOE)).rejects.toThrow(/those of another issuer/);
    await server.stop();
  });

  it('counts for who only verifies, by the public key, what another instance signs', async () => {
    const revocations = new MemoryRevocations();
    const shared = { ...OPTIONS, identify: { revocations } };
    const signing = serviceFor({ ...shared, keys: partnerKey });
    const key = publicKey({ key: pem(PAIRS.ES256.publicKey), alg: 'ES256', kid: partnerKey.kid });
    const verifying = serviceFor({ ...shared, keys: key });
    const opened = await signing.openSession(JOE);
    expect(await verifying.renew(await verifying.verify(opened.token))).toBeNull();
    await signing.closeSession(opened.refreshToken);
    await expect(verifying.verify(opened.token)).rejects.toMatchObject(REVOKED);
  });
});

describe('a refresh that races', () => {
  it.each<[string, (tokens: TokenService, opened: OpenedSession) => Promise<unknown>]>([
    ['closeSession()', (tokens, { refreshToken }) => tokens.closeSession(refreshToken)],
    ['closeAllSessions()', (tokens) => tokens.closeAllSessions('joe')],
    ['revokeAll()', (tokens) => tokens.revokeAll('joe')],
  ])('with %s leaves nothing that is of use, wherever they meet', async (_case, close) => {
    for (let ticks = 0; ticks < 40; ticks += 1) {
      const tokens = serviceFor({ ...OPTIONS, identify: { load: async () => ({ permissions: ['view'] }) } });
      const opened = await tokens.openSession(JOE);
      const refreshing = tokens.refresh(opened.refreshToken).catch((error: unknown) => error);
      for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
      await close(tokens, opened);
      const outcome = await refreshing;
      const given = outcome instanceof InvalidToken ? [opened] : [opened, outcome as OpenedSession];
      for (const one of given) {
        await expect(tokens.verify(one.token)).rejects.toMatchObject(REVOKED);
        await expect(tokens.refresh(one.refreshToken)).rejects.toBeInstanceOf(InvalidToken);
      }
      expect(await tokens.sessions('joe')).toEqual([]);
    }
  });

  it('with the theft of its token ends with nobody in it', async () => {
    for (let ticks = 0; ticks < 40; ticks += 4) {
      const tokens = serviceFor({ ...OPTIONS, issue: { sessions: { grace: '0s' } } });
      const opened = await tokens.openSession(JOE);
      const second = await tokens.refresh(opened.refreshToken);
      await delay(2);
      const third = await tokens.refresh(second.refreshToken);
      await delay(2);
      const victim = tokens.refresh(third.refreshToken).catch((error: unknown) => error);
      for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
      await expect(tokens.refresh(opened.refreshToken)).rejects.toMatchObject(REVOKED);
      const outcome = await victim;
      const given = outcome instanceof InvalidToken ? [third] : [third, outcome as OpenedSession];
      for (const { token: text } of given) await expect(tokens.verify(text)).rejects.toMatchObject(REVOKED);
    }
  });
});

describe('a polluted prototype', () => {
  it.each<[string, unknown]>([
    ['permissions', ['admin']],
    ['name', 'root'],
    ['claims', { admin: true }],
    ['sid', randomUUID()],
    ['auth_time', 0],
    ['device', 'x'.repeat(1_000)],
  ])('puts no %s into a refreshed token', async (name, value) => {
    const tokens = serviceFor(OPTIONS);
    const opened = await tokens.openSession({ id: 'bob' });
    const next = await whilePolluted(name, value, () => tokens.refresh(opened.refreshToken));
    const { claims, permissions, sessionId } = await tokens.verify(next.token);
    expect([permissions, sessionId, claims.admin, claims.user_name]).toEqual([
      [],
      opened.sessionId,
      undefined,
      undefined,
    ]);
  });
});

describe.each(PLATFORMS)('what is shown of sessions on %s', (_name, adapter) => {
  it('holds no token, no secret and no hash', async () => {
    const store = new FaultySessions();
    const recorded = recordTokenEvents();
    const logged: unknown[] = [];
    const keep = (...parts: unknown[]): void => void logged.push(...parts);
    const shop = await GuardedShop.open(adapter, { issue: { sessions: { store } } });
    Logger.overrideLogger({ log: keep, error: keep, warn: keep, debug: keep, verbose: keep, fatal: keep });
    const shown: unknown[] = [logged, recorded.events];
    const opened = await shop.tokens.openSession(JOE, { device: 'a phone' });
    const next = await shop.tokens.refresh(opened.refreshToken);
    const failing = (work: Promise<unknown>): Promise<void> =>
      work.then(keep, (error: unknown) => void shown.push(error));
    for (const { refreshToken } of [opened, next]) {
      shown.push(await shop.get('/basket', `Bearer ${refreshToken}`));
      await failing(shop.tokens.verify(refreshToken));
      await failing(shop.tokens.refresh(`${refreshToken}=`));
      for (const down of [['find'], ['rotate'], ['close']] as const) {
        store.down = down;
        await failing(down[0] === 'close' ? shop.tokens.closeSession(refreshToken) : shop.tokens.refresh(refreshToken));
      }
      store.down = [];
    }
    await shop.tokens.refresh((await shop.tokens.openSession(JOE)).refreshToken);
    shown.push(opened, next, await shop.tokens.sessions('joe'), shop.app.get(TokenService));
    shown.push(checkOptions({ ...OPTIONS, issue: { sessions: { store } } }), store);
    await failing(shop.tokens.refresh(joined(...partsOf(next.refreshToken).slice(0, 2), randomBytes(32))));
    const looks = shown.flatMap((value) => [
      inspect(value, { depth: null, showHidden: true, getters: true, maxStringLength: null, maxArrayLength: null }),
      value instanceof Error ? `${value.stack} ${JSON.stringify(value)}` : '',
    ]);
    Logger.overrideLogger(false);
    await shop.close();
    recorded.stop();
    expect(shown.length).toBeGreaterThan(12);
    const kept = await keptOf(store, opened.sessionId);
    const secrets = [opened, next].flatMap(({ refreshToken, token: text }) => [
      refreshToken,
      text.split('.')[2],
      ...partsOf(refreshToken)
        .slice(1)
        .flatMap((part) => [part.toString('base64url'), part.toString('hex')]),
    ]);
    expect([...secrets, ...kept].filter((secret) => looks.join('\n').includes(secret))).toEqual([]);
  });
});

/** The hashes that a store keeps of a session. */
async function keptOf(store: MemorySessions, id: string): Promise<string[]> {
  const [found] = (await store.list('joe', new Date())).filter((session) => session.id === id);
  return found ? [found.current, found.family] : [];
}
