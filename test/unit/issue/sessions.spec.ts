/* oxlint-disable unicorn/consistent-function-scoping -- small helpers stand beside the claims that they serve */
import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import {
  type IdentityLoader,
  type InvalidTokenCode,
  type JwtPolicyOptions,
  MemoryRevocations,
  MemorySessions,
  type OpenedSession,
  type Rotation,
  type RotationOutcome,
  type SessionRecord,
  type TokenEvent,
  type TokenService,
  type TokenSubject,
  untilHour,
} from 'nestjs-jwt-policy';
import { verifiedToken } from '../../support/verified-tokens.js';
import { until } from '../../support/until.js';
import { stopClock } from '../../support/clock.js';
import { FaultySessions } from '../../support/faulty-sessions.js';
import { OPTIONS } from '../../support/guarded-shop.js';
import { recordTokenEvents } from '../../support/token-events.js';
import { serviceFor } from '../../support/token-services.js';

const START = Date.parse('2026-03-01T12:00:00.250Z');
const SECOND = 1_000;
const MINUTE = 60_000;
const DAY = 86_400_000;
const JOE: TokenSubject = { id: 7, name: 'joe', permissions: ['view'], claims: { tenant: 't1' } };

let recorded: ReturnType<typeof recordTokenEvents>;
beforeEach(() => {
  stopClock(START);
  recorded = recordTokenEvents();
});
afterEach(() => {
  recorded.stop();
  jest.useRealTimers();
});

const after = (milliseconds: number): void => stopClock(START + milliseconds);
const at = (milliseconds: number): Date => new Date(START + milliseconds);
const refused = (code: InvalidTokenCode): object => ({ name: 'InvalidToken', code });
const UNAVAILABLE = { name: 'PolicyUnavailable', code: 'ERR_POLICY_UNAVAILABLE' };

function service(
  sessions: NonNullable<JwtPolicyOptions['issue']>['sessions'] = {},
  load?: IdentityLoader,
): TokenService {
  return serviceFor({ ...OPTIONS, identify: { load, timeout: '100ms' }, issue: { sessions } });
}

const claimsOf = ({ token }: { token: string }): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString()) as Record<string, unknown>;
const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'none',
    ({ code }: { code: unknown }) => code,
  );
const typesOf = (events: readonly TokenEvent[]): string[] => events.map(({ type }) => type);

describe('openSession()', () => {
  it('gives an access token of the session and a refresh token', async () => {
    const tokens = service();
    const opened = await tokens.openSession(JOE, { device: 'a phone' });
    expect(opened.refreshToken).toMatch(/^[\w-]{86}$/);
    expect(opened.refreshExpiresAt).toEqual(at(14 * DAY));
    const { iat, exp, jti, ...claims } = claimsOf(opened);
    expect(claims).toEqual({
      iss: OPTIONS.issuer,
      aud: OPTIONS.audience,
      sub: '7',
      sid: opened.sessionId,
      auth_time: iat,
      permissions: ['view'],
      user_name: 'joe',
      tenant: 't1',
    });
    expect([jti, exp]).toEqual([opened.id, opened.expiresAt.getTime() / 1000]);
    const verified = await tokens.verify(opened.token);
    expect(verified.sessionId).toBe(opened.sessionId);
  });

  it('says so', async () => {
    const { sessionId, id, expiresAt } = await service().openSession(JOE);
    expect(recorded.events).toEqual([
      { type: 'session-opened', sessionId, subject: '7' },
      { type: 'issued', tokenId: id, subject: '7', expiresAt },
    ]);
  });

  it('shows neither token when it is printed, and has both for an answer', async () => {
    const opened = await service().openSession(JOE);
    const look = inspect({ opened }, { depth: 9, showHidden: true });
    expect(look).toContain(opened.sessionId);
    expect(look).toContain(opened.refreshExpiresAt.toISOString());
    for (const secret of [opened.token, opened.refreshToken]) expect(look).not.toContain(secret.slice(-20));
    expect(JSON.parse(JSON.stringify(opened))).toEqual({
      token: opened.token,
      id: opened.id,
      expiresAt: opened.expiresAt.toISOString(),
      sessionId: opened.sessionId,
      refreshToken: opened.refreshToken,
      refreshExpiresAt: opened.refreshExpiresAt.toISOString(),
    });
  });

  it('keeps hashes, and of the tokens nothing', async () => {
    const kept: SessionRecord[] = [];
    class Watched extends MemorySessions {
      override async add(session: SessionRecord): Promise<void> {
        kept.push(session);
        return super.add(session);
      }
    }
    const { refreshToken, token } = await service({ store: new Watched() }).openSession(JOE);
    const bytes = Buffer.from(refreshToken, 'base64url');
    const all = JSON.stringify(kept);
    for (const part of [refreshToken, token, bytes.toString('base64url', 16, 32), bytes.toString('base64url', 32)]) {
      expect(all).not.toContain(part);
    }
  });

  it.each([undefined, '', 'a', 'x'.repeat(256), '🍎\u0000\ud800'])('takes the device %j', async (device) => {
    const tokens = service();
    await tokens.openSession(JOE, { device });
    expect((await tokens.sessions(7))[0].device).toBe(device);
  });

  it.each([['x'.repeat(257)], [7], [null], [{}]])('does not take the device %j', async (device) => {
    const tokens = service();
    await expect(tokens.openSession(JOE, { device: device as string })).rejects.toThrow(/device must be a text/);
    expect(await tokens.sessions(7)).toEqual([]);
  });

  it.each([
    [{ id: '' }, 'subject.id must be'],
    [{ id: 7, claims: { sid: 'x' } }, 'must not set "sid"'],
    [{ id: 7, claims: { auth_time: 0 } }, 'must not set "auth_time"'],
    [{ id: 7, permissions: 'view' as never }, 'wrong type'],
  ])('keeps nothing of whom no token can be made for: %j', async (subject, problem) => {
    const tokens = service();
    await expect(tokens.openSession(subject)).rejects.toThrow(problem);
    expect(await tokens.sessions(7)).toEqual([]);
    expect(recorded.events).toEqual([]);
  });

  it('closes the oldest when there are as many as a subject may have, and takes its access tokens back', async () => {
    const tokens = service({ most: 2 });
    const opened: OpenedSession[] = [];
    for (let minute = 0; minute < 4; minute += 1) {
      after(minute * MINUTE);
      opened.push(await tokens.openSession(JOE));
    }
    const theirs = await tokens.openSession({ id: 'ann' });
    expect((await tokens.sessions(7)).map(({ id }) => id)).toEqual(opened.slice(2).map(({ sessionId }) => sessionId));
    for (const { token, refreshToken } of opened.slice(0, 2)) {
      await expect(tokens.verify(token)).rejects.toMatchObject(refused('ERR_TOKEN_REVOKED'));
      await expect(tokens.refresh(refreshToken)).rejects.toMatchObject(refused('ERR_TOKEN_INVALID'));
    }
    for (const { refreshToken } of [...opened.slice(2), theirs]) await tokens.refresh(refreshToken);
    const closed = recorded.events.filter(({ type }) => type === 'session-closed');
    expect(closed).toMatchObject(opened.slice(0, 2).map(({ sessionId }) => ({ sessionId })));
  });

  it('leaves as many with the next one, however many began at once', async () => {
    const tokens = service({ most: 3 });
    await Promise.all(Array.from({ length: 50 }, () => tokens.openSession(JOE)));
    const last = await tokens.openSession(JOE);
    expect(await tokens.sessions(7)).toHaveLength(3);
    await tokens.verify((await tokens.refresh(last.refreshToken)).token);
  });

  it('never closes the one that it opens, by a clock that is behind either', async () => {
    const tokens = service({ most: 1 });
    const first = await tokens.openSession(JOE);
    after(-10 * SECOND);
    const second = await tokens.openSession(JOE);
    expect((await tokens.sessions(7)).map(({ id }) => id)).toEqual([second.sessionId]);
    await tokens.verify((await tokens.refresh(second.refreshToken)).token);
    await expect(tokens.refresh(first.refreshToken)).rejects.toMatchObject(refused('ERR_TOKEN_INVALID'));
  });

  it('gives no token that outlives the session by a second', async () => {
    const opened = await service({ idle: '90s' }).openSession(JOE);
    expect(opened.expiresAt).toEqual(new Date(Math.ceil((START + 90 * SECOND) / 1000) * 1000));
    const other = await service({ absolute: '5s' }).openSession(JOE);
    expect([other.expiresAt, other.refreshExpiresAt]).toEqual([at(5_750), at(5_000)]);
  });
});

describe('refresh()', () => {
  it('gives the next access token and the next refresh token of the same session', async () => {
    const tokens = service();
    const first = await tokens.openSession(JOE);
    after(MINUTE);
    const second = await tokens.refresh(first.refreshToken);
    expect(second.sessionId).toBe(first.sessionId);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(second.refreshExpiresAt).toEqual(at(MINUTE + 14 * DAY));
    const [before, now] = [claimsOf(first), claimsOf(second)];
    expect(now).toEqual({
      ...before,
      iat: (before.iat as number) + 60,
      exp: (before.exp as number) + 60,
      jti: second.id,
    });
    after(2 * MINUTE);
    await expect(tokens.refresh(second.refreshToken)).resolves.toMatchObject({ sessionId: first.sessionId });
    await expect(tokens.verify(first.token)).resolves.toMatchObject({ id: first.id });
  });

  it('says so, of a repeat only that a token was issued', async () => {
    const tokens = service();
    const { refreshToken, sessionId } = await tokens.openSession(JOE);
    recorded.events.length = 0;
    const [first, again] = [await tokens.refresh(refreshToken), await tokens.refresh(refreshToken)];
    expect(recorded.events).toEqual([
      { type: 'session-refreshed', sessionId, subject: '7' },
      { type: 'issued', tokenId: first.id, subject: '7', expiresAt: first.expiresAt },
      { type: 'issued', tokenId: again.id, subject: '7', expiresAt: again.expiresAt },
    ]);
  });

  it('gives a repeat the same successor, with the same end, and an access token of its own, until the grace is over', async () => {
    const tokens = service();
    const opened = await tokens.openSession(JOE);
    after(MINUTE);
    const first = await tokens.refresh(opened.refreshToken);
    for (const late of [0, 1, 9_999, 10_000]) {
      after(MINUTE + late);
      const again = await tokens.refresh(opened.refreshToken);
      expect([again.refreshToken, again.refreshExpiresAt]).toEqual([first.refreshToken, first.refreshExpiresAt]);
      expect(again.id).not.toBe(first.id);
    }
    after(MINUTE + 10_001);
    await expect(tokens.refresh(opened.refreshToken)).rejects.toMatchObject(refused('ERR_TOKEN_REVOKED'));
  });

  it.each<[NonNullable<JwtPolicyOptions['issue']>['sessions'], number]>([
    [{ grace: '0s' }, 0],
    [{ grace: '30s' }, 30_000],
  ])('has the grace of %j', async (sessions, grace) => {
    const tokens = service(sessions);
    const { refreshToken } = await tokens.openSession(JOE);
    await tokens.refresh(refreshToken);
    after(grace);
    await tokens.refresh(refreshToken);
    after(grace + 1);
    await expect(tokens.refresh(refreshToken)).rejects.toMatchObject(refused('ERR_TOKEN_REVOKED'));
  });

  it('ends the session when a token comes back after the grace, its access tokens with it, and says so once', async () => {
    const tokens = service();
    const opened = await tokens.openSession(JOE);
    const other = await tokens.openSession(JOE);
    const next = await tokens.refresh(opened.refreshToken);
    after(10_001);
    recorded.events.length = 0;
    for (const token of [opened.refreshToken, next.refreshToken, opened.refreshToken, next.refreshToken]) {
      await expect(tokens.refresh(token)).rejects.toMatchObject(refused('ERR_TOKEN_REVOKED'));
    }
    for (const { token } of [opened, next]) {
      await expect(tokens.verify(token)).rejects.toMatchObject(refused('ERR_TOKEN_REVOKED'));
    }
    expect(recorded.events).toEqual([{ type: 'session-reused', sessionId: opened.sessionId, subject: '7' }]);
    expect((await tokens.sessions(7)).map(({ id }) => id)).toEqual([other.sessionId]);
    await tokens.verify((await tokens.refresh(other.refreshToken)).token);
  });

  it('gives the token that is good now for each of the four before it, within the grace of each', async () => {
    const tokens = service();
    const given = [await tokens.openSession(JOE)];
    for (let times = 1; times <= 4; times += 1) {
      after(times * SECOND);
      given.push(await tokens.refresh(given[times - 1].refreshToken));
    }
    const current = given[4];
    for (const { refreshToken } of given.slice(0, 4)) {
      const again = await tokens.refresh(refreshToken);
      expect([again.refreshToken, again.refreshExpiresAt]).toEqual([current.refreshToken, current.refreshExpiresAt]);
      await tokens.verify(again.token);
    }
    after(11 * SECOND);
    expect((await tokens.refresh(given[0].refreshToken)).refreshToken).toBe(current.refreshToken);
    after(11 * SECOND + 1);
    expect((await tokens.refresh(given[1].refreshToken)).refreshToken).toBe(current.refreshToken);
    await expect(tokens.refresh(given[0].refreshToken)).rejects.toMatchObject(refused('ERR_TOKEN_REVOKED'));
  });

  it('ends the session when a fifth comes back, within the grace too', async () => {
    const tokens = service();
    const opened = await tokens.openSession(JOE);
    let last = opened;
    for (let times = 0; times < 5; times += 1) last = await tokens.refresh(last.refreshToken);
    await expect(tokens.refresh(opened.refreshToken)).rejects.toMatchObject(refused('ERR_TOKEN_REVOKED'));
    await expect(tokens.refresh(last.refreshToken)).rejects.toMatchObject(refused('ERR_TOKEN_REVOKED'));
    await expect(tokens.verify(last.token)).rejects.toMatchObject(refused('ERR_TOKEN_REVOKED'));
  });

  it('is not hurt by a rotation that the store only hears of when its client has long got another token', async () => {
    const held: (() => void)[] = [];
    const store = new (class extends MemorySessions {
      holds = true;
      override async rotate(rotation: Rotation): Promise<RotationOutcome> {
        if (this.holds) await new Promise<void>((resolve) => held.push(resolve));
        return super.rotate(rotation);
      }
    })();
    const tokens = service({ store });
    let last = await tokens.openSession(JOE);
    const late = tokens.refresh(last.refreshToken).catch((error: unknown) => error);
    await new Promise(setImmediate);
    store.holds = false;
    for (const minutes of [1, 2, 3]) {
      after(minutes * MINUTE);
      last = await tokens.refresh(last.refreshToken);
    }
    held[0]();
    expect(await late).toMatchObject(refused('ERR_TOKEN_INVALID'));
    await tokens.verify((await tokens.refresh(last.refreshToken)).token);
    expect(typesOf(recorded.events)).not.toContain('session-reused');
  });

  it.each<[string, (tokens: TokenService, opened: OpenedSession) => Promise<unknown>]>([
    ['closeSession() by a refresh token', (tokens, { refreshToken }) => tokens.closeSession(refreshToken)],
    ['closeSession() by the id', (tokens, { sessionId }) => tokens.closeSession(sessionId, 7)],
    ['closeAllSessions()', (tokens) => tokens.closeAllSessions(7)],
    ['revokeAll()', (tokens) => tokens.revokeAll(7)],
  ])('lets %s take back what a reuse could not, because the store of revocations was down', async (_case, close) => {
    const [store, revocations] = [new MemorySessions(), new MemoryRevocations()];
    const tokens = serviceFor({ ...OPTIONS, identify: { revocations }, issue: { sessions: { store } } });
    const opened = await tokens.openSession(JOE);
    const next = await tokens.refresh(opened.refreshToken);
    after(10_001);
    const add = jest.spyOn(revocations, 'add').mockRejectedValue(new Error('down'));
    await expect(tokens.refresh(opened.refreshToken)).rejects.toMatchObject(UNAVAILABLE);
    await expect(close(tokens, next)).rejects.toMatchObject(UNAVAILABLE);
    expect([await tokens.sessions(7), store.size]).toEqual([[], 1]);
    add.mockRestore();
    await close(tokens, next);
    for (const { token } of [opened, next]) {
      await expect(tokens.verify(token)).rejects.toMatchObject(refused('ERR_TOKEN_REVOKED'));
    }
    expect(store.size).toBe(0);
  });

  it.each<[string, (text: string) => string]>([
    ['no session', (text) => (text.startsWith('B') ? 'C' : 'B') + text.slice(1)],
    ['another family', (text) => text.slice(0, 30) + (text[30] === 'A' ? 'B' : 'A') + text.slice(31)],
  ])('asks the store but once for a token of %s', async (_case, forge) => {
    const asked: string[] = [];
    const store = new (class extends FaultySessions {
      override async find(id: string): Promise<SessionRecord | null> {
        asked.push('find');
        return super.find(id);
      }
      override async rotate(rotation: Rotation): Promise<RotationOutcome> {
        asked.push('rotate');
        return super.rotate(rotation);
      }
    })();
    const tokens = service({ store });
    const { refreshToken } = await tokens.openSession(JOE);
    await expect(tokens.refresh(forge(refreshToken))).rejects.toMatchObject(refused('ERR_TOKEN_INVALID'));
    expect(asked).toEqual(['find']);
  });

  it('tells what has become of a session between the look at it and the rotation', async () => {
    const store = new FaultySessions();
    const tokens = service({ store }, async () => {
      await meanwhile();
      return { permissions: ['view'] };
    });
    let meanwhile = async (): Promise<void> => undefined;
    const [ended, closed] = [await tokens.openSession(JOE), await tokens.openSession(JOE)];
    meanwhile = async () => void (await store.close(closed.sessionId));
    await expect(tokens.refresh(closed.refreshToken)).rejects.toMatchObject(refused('ERR_TOKEN_INVALID'));
    const rotate = store.rotate.bind(store);
    Object.assign(store, { rotate: (told: Rotation) => rotate({ ...told, at: at(15 * DAY) }) });
    meanwhile = async () => undefined;
    await expect(tokens.refresh(ended.refreshToken)).rejects.toMatchObject(refused('ERR_TOKEN_EXPIRED'));
  });

  it('takes the access tokens back at the next attempt when that failed at first, and has said so once', async () => {
    const revocations = new MemoryRevocations();
    const add = jest.spyOn(revocations, 'add').mockRejectedValueOnce(new Error('down'));
    const tokens = serviceFor({ ...OPTIONS, identify: { revocations } });
    const opened = await tokens.openSession(JOE);
    await tokens.refresh(opened.refreshToken);
    after(10_001);
    await expect(tokens.refresh(opened.refreshToken)).rejects.toMatchObject(UNAVAILABLE);
    await tokens.verify(opened.token);
    await expect(tokens.refresh(opened.refreshToken)).rejects.toMatchObject(refused('ERR_TOKEN_REVOKED'));
    await expect(tokens.verify(opened.token)).rejects.toMatchObject(refused('ERR_TOKEN_REVOKED'));
    expect(typesOf(recorded.events).filter((type) => type === 'session-reused')).toHaveLength(1);
    add.mockRestore();
  });

  it('moves the idle end, and refuses from that moment on', async () => {
    const tokens = service({ idle: '1h' });
    const opened = await tokens.openSession(JOE);
    after(60 * MINUTE - 1);
    const second = await tokens.refresh(opened.refreshToken);
    expect(second.refreshExpiresAt).toEqual(at(120 * MINUTE - 1));
    after(120 * MINUTE - 1);
    await expect(tokens.refresh(second.refreshToken)).rejects.toMatchObject(refused('ERR_TOKEN_EXPIRED'));
    expect(await tokens.sessions(7)).toEqual([]);
  });

  it('ends at the absolute limit, however often it was refreshed', async () => {
    const tokens = service({ idle: '2h', absolute: '3h' });
    let { refreshToken } = await tokens.openSession(JOE);
    for (const hour of [1, 2]) {
      after(hour * 60 * MINUTE);
      const next = await tokens.refresh(refreshToken);
      expect(next.refreshExpiresAt).toEqual(at(180 * MINUTE));
      ({ refreshToken } = next);
    }
    after(180 * MINUTE - 1);
    const last = await tokens.refresh(refreshToken);
    expect(last.expiresAt.getTime()).toBeLessThan(START + 181 * MINUTE);
    after(180 * MINUTE);
    await expect(tokens.refresh(last.refreshToken)).rejects.toMatchObject(refused('ERR_TOKEN_EXPIRED'));
  });

  it('ends in the last moment with a refusal, not with a failure', async () => {
    stopClock(START - 250);
    const tokens = service({ absolute: '1s' });
    const { refreshToken } = await tokens.openSession(JOE);
    stopClock(START - 250 + 999);
    await expect(tokens.refresh(refreshToken)).resolves.toMatchObject({ expiresAt: new Date(START + 750) });
  });

  it('asks for the subject, and finds nobody when that was removed or disabled: the session is over', async () => {
    const answers = { gone: null, disabled: { permissions: ['view'], disabled: true } };
    for (const answer of [answers.gone, answers.disabled]) {
      let known = true;
      const tokens = service({}, async () => (known ? { permissions: ['view'] } : answer));
      const opened = await tokens.openSession(JOE);
      const next = await tokens.refresh(opened.refreshToken);
      known = false;
      recorded.events.length = 0;
      await expect(tokens.refresh(next.refreshToken)).rejects.toMatchObject(refused('ERR_SUBJECT_UNKNOWN'));
      expect(recorded.events).toEqual([{ type: 'session-closed', sessionId: opened.sessionId, subject: '7' }]);
      known = true;
      await expect(tokens.refresh(next.refreshToken)).rejects.toMatchObject(refused('ERR_TOKEN_INVALID'));
      await expect(tokens.verify(next.token)).rejects.toMatchObject(refused('ERR_TOKEN_REVOKED'));
    }
  });

  it('hands the loader the token that is to be, with the claims of the session', async () => {
    const asked: unknown[] = [];
    const tokens = service({}, async (subject, { sessionId, claims, permissions }) => {
      asked.push([subject, sessionId, claims.tenant, permissions]);
      return { permissions: ['view'] };
    });
    const { refreshToken, sessionId } = await tokens.openSession(JOE);
    expect(asked).toEqual([]);
    await tokens.refresh(refreshToken);
    expect(asked).toEqual([['7', sessionId, 't1', ['view']]]);
  });

  it.each<[string, TokenSubject, object, object]>([
    [
      'both',
      JOE,
      { permissions: ['edit', 'admin'], name: 'Joseph' },
      { permissions: ['edit', 'admin'], user_name: 'Joseph' },
    ],
    ['no name', JOE, { permissions: [] }, { permissions: [], user_name: 'joe' }],
    ['what the token did not say', { id: 7 }, { permissions: ['edit'], name: 'Joseph' }, {}],
    ['permissions only', { id: 7, permissions: [] }, { permissions: ['edit'], name: 'x' }, { permissions: ['edit'] }],
    ['a name only', { id: 7, name: 'joe' }, { permissions: ['edit'], name: 'x' }, { user_name: 'x' }],
  ])('puts into the token what was loaded: %s', async (_case, subject, loaded, expected) => {
    const tokens = service({}, async () => loaded as { permissions: string[] });
    const { refreshToken } = await tokens.openSession(subject);
    const { permissions, user_name } = claimsOf(await tokens.refresh(refreshToken));
    expect({ permissions, user_name }).toEqual(expected);
  });

  it('costs the client nothing when the loader fails: the same token does it later', async () => {
    let answer: () => Promise<{ permissions: string[] }> = () => Promise.reject(new Error('down'));
    const tokens = service({}, () => answer());
    const { refreshToken } = await tokens.openSession(JOE);
    await expect(tokens.refresh(refreshToken)).rejects.toMatchObject(UNAVAILABLE);
    answer = () => new Promise(() => undefined);
    await expect(tokens.refresh(refreshToken)).rejects.toMatchObject(UNAVAILABLE);
    answer = async () => ({ permissions: ['edit'] });
    after(MINUTE);
    expect(claimsOf(await tokens.refresh(refreshToken)).permissions).toEqual(['edit']);
    expect(typesOf(recorded.events)).toEqual(['session-opened', 'issued', 'session-refreshed', 'issued']);
  });

  it('has rotated nothing when what was loaded does not fit into a token', async () => {
    let permissions = Array.from({ length: 2_000 }, (_, index) => `permission-${index}`);
    const tokens = service({}, async () => ({ permissions }));
    const { refreshToken } = await tokens.openSession(JOE);
    await expect(tokens.refresh(refreshToken)).rejects.toThrow(/maxTokenBytes/);
    permissions = ['view'];
    after(MINUTE);
    await tokens.refresh(refreshToken);
  });

  it.each(['find', 'rotate'] as const)(
    'answers 503 while the store does not %s, and the same token does it later',
    async (verb) => {
      const store = new FaultySessions();
      const tokens = service({ store });
      const { refreshToken } = await tokens.openSession(JOE);
      store.down = [verb];
      await expect(tokens.refresh(refreshToken)).rejects.toMatchObject(UNAVAILABLE);
      store.hangs = true;
      await expect(tokens.refresh(refreshToken)).rejects.toMatchObject(UNAVAILABLE);
      store.down = [];
      after(MINUTE);
      await tokens.verify((await tokens.refresh(refreshToken)).token);
    },
  );

  it('gives the same successor to who repeats because the answer was lost after the rotation', async () => {
    const store = new FaultySessions();
    const tokens = service({ store });
    const { refreshToken } = await tokens.openSession(JOE);
    store.afterRotation = () => Promise.reject(new Error('the process has died'));
    await expect(tokens.refresh(refreshToken)).rejects.toMatchObject(UNAVAILABLE);
    store.afterRotation = async () => undefined;
    after(9_000);
    const [first, second] = [await tokens.refresh(refreshToken), await tokens.refresh(refreshToken)];
    expect(second.refreshToken).toBe(first.refreshToken);
    await tokens.refresh(first.refreshToken);
  });

  it('keeps the sessions of one subject apart', async () => {
    const tokens = service();
    const [one, two] = [
      await tokens.openSession(JOE, { device: 'one' }),
      await tokens.openSession(JOE, { device: 'two' }),
    ];
    await tokens.refresh(one.refreshToken);
    expect(await tokens.closeSession(one.refreshToken)).toBe(true);
    await expect(tokens.verify(one.token)).rejects.toMatchObject(refused('ERR_TOKEN_REVOKED'));
    await tokens.verify(two.token);
    await tokens.refresh(two.refreshToken);
  });
});

describe('a store that does not keep its word', () => {
  const stores: [string, () => MemorySessions][] = [
    ['finds nothing, not even null', () => Object.assign(new MemorySessions(), { find: async () => undefined })],
  ];
  it.each(stores)('lets nobody in when it %s', async (_case, create) => {
    const tokens = service({ store: create() });
    const { refreshToken } = await tokens.openSession(JOE);
    await expect(tokens.refresh(refreshToken)).rejects.toMatchObject(refused('ERR_TOKEN_INVALID'));
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'rotated'],
    ['another outcome', { outcome: 'fine' }],
    ['a seal that was never made', { outcome: 'repeated', sealed: ['x'] }],
    ['a repeat without a seal', { outcome: 'repeated', sealed: [] }],
    ['a repeat without a list', { outcome: 'repeated', sealed: 'x' }],
    ['a repeat with something else', { outcome: 'repeated', sealed: [7] }],
  ])('is unavailable when a rotation is told %s', async (_case, outcome) => {
    const store = Object.assign(new MemorySessions(), { rotate: async () => outcome as RotationOutcome });
    const tokens = service({ store });
    const { refreshToken } = await tokens.openSession(JOE);
    await expect(tokens.refresh(refreshToken)).rejects.toMatchObject(UNAVAILABLE);
  });

  it('is unavailable when its list is none, or what it kept is not what it was given', async () => {
    const unlisted = service({ store: Object.assign(new MemorySessions(), { list: async () => null as never }) });
    await expect(unlisted.sessions(7)).rejects.toMatchObject(UNAVAILABLE);
    for (const data of ['', '{"device":"my phone"', 'null']) {
      const store = new MemorySessions();
      const add = store.add.bind(store);
      const tokens = service({ store: Object.assign(store, { add: (one: SessionRecord) => add({ ...one, data }) }) });
      const { refreshToken } = await tokens.openSession(JOE);
      for (const ask of [() => tokens.refresh(refreshToken), () => tokens.sessions(7)]) {
        const error: unknown = await ask().catch((caught: unknown) => caught);
        expect(error).toMatchObject(UNAVAILABLE);
        expect(inspect(error)).not.toContain('my phone');
      }
    }
  });

  it('is unavailable when it does not say whether it has closed a session', async () => {
    const tokens = service({ store: Object.assign(new MemorySessions(), { close: async () => undefined as never }) });
    const { refreshToken } = await tokens.openSession(JOE);
    await expect(tokens.closeSession(refreshToken)).rejects.toMatchObject(UNAVAILABLE);
  });

  it('is unavailable when it throws at once', async () => {
    const find = (): never => {
      throw new Error('at once');
    };
    const tokens = service({ store: Object.assign(new MemorySessions(), { find }) });
    const { refreshToken } = await tokens.openSession(JOE);
    await expect(tokens.refresh(refreshToken)).rejects.toMatchObject(UNAVAILABLE);
  });
});

describe('sessions()', () => {
  it('lists what a page of devices needs, and nothing else', async () => {
    const tokens = service({ idle: '1h' });
    const first = await tokens.openSession(JOE, { device: 'a phone' });
    after(MINUTE);
    const second = await tokens.openSession(JOE);
    await tokens.openSession({ id: 'ann' });
    after(2 * MINUTE);
    await tokens.refresh(first.refreshToken);
    expect(await tokens.sessions('7')).toEqual([
      { id: first.sessionId, device: 'a phone', openedAt: at(0), usedAt: at(2 * MINUTE), expiresAt: at(62 * MINUTE) },
      { id: second.sessionId, openedAt: at(MINUTE), usedAt: at(MINUTE), expiresAt: at(61 * MINUTE) },
    ]);
    expect(Object.keys((await tokens.sessions(7))[0]).toSorted()).toEqual([
      'device',
      'expiresAt',
      'id',
      'openedAt',
      'usedAt',
    ]);
  });

  it('says when a session ends that has reached its absolute limit', async () => {
    const tokens = service({ idle: '2h', absolute: '1h' });
    await tokens.openSession(JOE);
    expect(await tokens.sessions(7)).toMatchObject([{ expiresAt: at(60 * MINUTE) }]);
  });

  it('refuses what nobody can be called', async () => {
    const tokens = service();
    await expect(tokens.sessions('')).rejects.toThrow('sessions(): the subject must be');
    await expect(tokens.closeAllSessions(Number.NaN)).rejects.toThrow('closeAllSessions(): the subject must be');
    for (const subject of ['', undefined, null]) {
      const closing = tokens.closeSession(randomUUID(), subject as string);
      await expect(closing).rejects.toThrow('closeSession(): the subject must be');
    }
  });
});

describe('closeSession()', () => {
  type Close = (tokens: TokenService, opened: OpenedSession) => Promise<boolean>;

  it.each<[string, Close]>([
    ['its refresh token', (tokens, { refreshToken }) => tokens.closeSession(refreshToken)],
    ['its id and subject', (tokens, { sessionId }) => tokens.closeSession(sessionId, 7)],
  ])('closes a session by %s, and takes its access tokens back', async (_case, close) => {
    const tokens = service();
    const opened = await tokens.openSession(JOE);
    const next = await tokens.refresh(opened.refreshToken);
    recorded.events.length = 0;
    expect(await close(tokens, opened)).toBe(true);
    expect(recorded.events).toEqual([{ type: 'session-closed', sessionId: opened.sessionId, subject: '7' }]);
    for (const { token, refreshToken } of [opened, next]) {
      await expect(tokens.verify(token)).rejects.toMatchObject(refused('ERR_TOKEN_REVOKED'));
      await expect(tokens.refresh(refreshToken)).rejects.toMatchObject(refused('ERR_TOKEN_INVALID'));
    }
    expect(await close(tokens, opened)).toBe(false);
    expect(await tokens.sessions(7)).toEqual([]);
  });

  it.each<[string, (opened: OpenedSession) => readonly unknown[]]>([
    ['nothing', () => [undefined]],
    ['null', () => [null]],
    ['a number', () => [7]],
    ['an access token', ({ token }) => [token]],
    ['the id alone', ({ sessionId }) => [sessionId]],
    ['an object with the id and the subject', ({ sessionId }) => [{ id: sessionId, subject: 7, subjectId: 7 }]],
    ['a list of a refresh token', ({ refreshToken }) => [[refreshToken]]],
    ['an object that says it is one', ({ refreshToken }) => [{ toString: () => refreshToken, length: 86 }]],
    ['the id of another subject', ({ sessionId }) => [sessionId, 'ann']],
    ['a refresh token and the subject', ({ refreshToken }) => [refreshToken, 7]],
    ['the id in another spelling', ({ sessionId }) => [sessionId.toUpperCase(), 7]],
    ['no id', () => [undefined, 7]],
    ['another id', () => [randomUUID(), 7]],
    ['a list of ids', ({ sessionId }) => [[sessionId], 7]],
    ['an object that says it is an id', ({ sessionId }) => [{ toString: () => sessionId }, 7]],
    [
      'the right id with secrets that were guessed',
      ({ refreshToken }) => [refreshToken.slice(0, 22) + 'A'.repeat(63) + 'A'],
    ],
  ])('leaves a session alone for %s', async (_case, words) => {
    const tokens = service();
    const opened = await tokens.openSession({ ...JOE, id: 7 });
    expect(await tokens.closeSession(...(words(opened) as [string]))).toBe(false);
    await tokens.verify((await tokens.refresh(opened.refreshToken)).token);
  });

  it('finds nothing to close in a session that has ended', async () => {
    const tokens = service({ idle: '1h' });
    const { refreshToken } = await tokens.openSession(JOE);
    after(60 * MINUTE);
    expect(await tokens.closeSession(refreshToken)).toBe(false);
  });

  it('can be repeated until it is done: while the store is down the session is there, and of no use', async () => {
    const store = new FaultySessions();
    const tokens = service({ store });
    const opened = await tokens.openSession(JOE);
    store.down = ['close'];
    await expect(tokens.closeSession(opened.refreshToken)).rejects.toMatchObject(UNAVAILABLE);
    await expect(tokens.verify(opened.token)).rejects.toMatchObject(refused('ERR_TOKEN_REVOKED'));
    await expect(tokens.refresh(opened.refreshToken)).rejects.toMatchObject(refused('ERR_TOKEN_REVOKED'));
    store.down = [];
    expect(await tokens.closeSession(opened.refreshToken)).toBe(true);
  });

  it('closes nothing when the access tokens cannot be taken back', async () => {
    const revocations = new MemoryRevocations();
    const add = jest.spyOn(revocations, 'add').mockRejectedValueOnce(new Error('down'));
    const tokens = serviceFor({ ...OPTIONS, identify: { revocations } });
    const opened = await tokens.openSession(JOE);
    await expect(tokens.closeSession(opened.refreshToken)).rejects.toMatchObject(UNAVAILABLE);
    await tokens.verify(opened.token);
    expect(await tokens.sessions(7)).toHaveLength(1);
    expect(await tokens.closeSession(opened.refreshToken)).toBe(true);
    await expect(tokens.verify(opened.token)).rejects.toMatchObject(refused('ERR_TOKEN_REVOKED'));
    add.mockRestore();
  });

  it('says once that a session was closed, however many close it at once', async () => {
    const tokens = service();
    const { refreshToken, sessionId } = await tokens.openSession(JOE);
    recorded.events.length = 0;
    const told = await Promise.all([
      tokens.closeSession(refreshToken),
      tokens.closeSession(sessionId, 7),
      tokens.closeAllSessions(7),
      tokens.closeSession(refreshToken),
    ]);
    expect(told.filter((one) => one === true).length).toBeLessThanOrEqual(1);
    expect(recorded.events).toEqual([{ type: 'session-closed', sessionId, subject: '7' }]);
  });
});

describe('the revocation of a closed session', () => {
  type Issue = NonNullable<JwtPolicyOptions['issue']>;
  const [store, revocations] = [new MemorySessions(), new MemoryRevocations()];
  const deployed = (lifetime: Issue['lifetime'], verify: JwtPolicyOptions['verify'] = {}): TokenService =>
    serviceFor({ ...OPTIONS, identify: { revocations }, verify, issue: { lifetime, sessions: { store } } });

  it('outlasts the access tokens of another deployment, which lets them live longer', async () => {
    const [longer, now] = [deployed('7d'), deployed('15m')];
    const opened = await now.openSession(JOE);
    const { token } = await longer.refresh(opened.refreshToken);
    await now.closeSession(opened.refreshToken);
    for (const moment of [15 * MINUTE, 7 * DAY - SECOND]) {
      after(moment);
      await expect(now.verify(token)).rejects.toMatchObject(refused('ERR_TOKEN_REVOKED'));
    }
    after(7 * DAY);
    await expect(now.verify(token)).rejects.toMatchObject(refused('ERR_TOKEN_EXPIRED'));
  });

  it('outlasts access tokens whose lifetime has just jumped, by a clock that is behind', async () => {
    const tokens = deployed(untilHour({ hour: 3, afterDays: 7, timeZone: 'UTC' }));
    const three = Date.parse('2026-03-02T03:00:00Z');
    stopClock(three - 10 * MINUTE);
    const opened = await tokens.openSession(JOE);
    stopClock(three + SECOND);
    const next = await tokens.refresh(opened.refreshToken);
    expect(next.expiresAt).toEqual(new Date(three + 8 * DAY));
    stopClock(three - SECOND);
    await tokens.closeSession(next.refreshToken);
    stopClock(three + 8 * DAY - SECOND);
    await expect(tokens.verify(next.token)).rejects.toMatchObject(refused('ERR_TOKEN_REVOKED'));
  });

  it.each<[string, JwtPolicyOptions['verify'], number]>([
    ['until the session would have ended', {}, 90 * DAY],
    ['until a token of verify.maxLifetime would have', { maxLifetime: '7d' }, MINUTE + 7 * DAY],
    ['until the session would have ended, when that comes first', { maxLifetime: '200d' }, 90 * DAY],
    ['and leeway', { maxLifetime: '7d', leeway: '30s' }, MINUTE + 7 * DAY + 30 * SECOND],
  ])('is kept %s, and five minutes more', async (_case, verify, end) => {
    const tokens = deployed('15m', verify);
    const { refreshToken, sessionId } = await tokens.openSession(JOE);
    after(MINUTE);
    await tokens.closeSession(refreshToken);
    after(end + 5 * MINUTE - 1);
    expect(revocations.find(sessionId, '7').revoked).toBe(true);
    after(end + 5 * MINUTE);
    expect(revocations.find(sessionId, '7').revoked).toBe(false);
  });
});

describe('closeAllSessions() and revokeAll()', () => {
  it.each([
    ['closeAllSessions', 'none'],
    ['revokeAll', 'ERR_TOKEN_REVOKED'],
  ] as const)(
    '%s closes every session of the subject and no other: of a token without a session the error is %s',
    async (verb, codeOfOthers) => {
      const tokens = service();
      const mine = [await tokens.openSession(JOE), await tokens.openSession(JOE)];
      const theirs = await tokens.openSession({ id: 'ann' });
      const alone = await tokens.issue(JOE);
      await tokens[verb](7);
      for (const { token, refreshToken } of mine) {
        await expect(tokens.verify(token)).rejects.toMatchObject(refused('ERR_TOKEN_REVOKED'));
        await expect(tokens.refresh(refreshToken)).rejects.toMatchObject(refused('ERR_TOKEN_INVALID'));
      }
      await tokens.verify((await tokens.refresh(theirs.refreshToken)).token);
      expect(await codeOf(tokens.verify(alone.token))).toBe(codeOfOthers);
      expect(typesOf(recorded.events).filter((type) => type === 'session-closed')).toHaveLength(2);
      const later = await tokens.openSession(JOE);
      await tokens.verify((await tokens.refresh(later.refreshToken)).token);
    },
  );

  it('miss no session by a clock that is ahead', async () => {
    const tokens = service({ idle: '1h' });
    const { refreshToken, token } = await tokens.openSession(JOE);
    after(90 * MINUTE);
    await tokens.closeAllSessions(7);
    after(MINUTE);
    await expect(tokens.refresh(refreshToken)).rejects.toMatchObject(refused('ERR_TOKEN_INVALID'));
    await expect(tokens.verify(token)).rejects.toMatchObject(refused('ERR_TOKEN_REVOKED'));
  });

  it('come nearer to the end with every attempt, however soon the store fails', async () => {
    const store = new (class extends MemorySessions {
      left = 0;
      override async close(id: string): Promise<boolean> {
        this.left -= 1;
        if (this.left < 0) throw new Error('the store is down');
        return super.close(id);
      }
    })();
    const tokens = service({ store });
    const opened: OpenedSession[] = [];
    for (let index = 0; index < 60; index += 1) opened.push(await tokens.openSession(JOE));
    for (const left of [45, 15]) {
      store.left = 15;
      expect(await codeOf(tokens.closeAllSessions(7))).toBe('ERR_POLICY_UNAVAILABLE');
      store.left = 15;
      expect(await codeOf(tokens.closeAllSessions(7))).toBe(left === 15 ? 'none' : 'ERR_POLICY_UNAVAILABLE');
      expect(store.size).toBe(left === 15 ? 0 : 30);
    }
    for (const { token } of opened) {
      await expect(tokens.verify(token)).rejects.toMatchObject(refused('ERR_TOKEN_REVOKED'));
    }
    expect(typesOf(recorded.events).filter((type) => type === 'session-closed')).toHaveLength(60);
  });

  it('hold for a session that is being opened meanwhile', async () => {
    const adding: (() => void)[] = [];
    const store = new (class extends MemorySessions {
      override async add(session: SessionRecord): Promise<void> {
        await new Promise<void>((resolve) => void adding.push(resolve));
        return super.add(session);
      }
    })();
    const tokens = service({ store });
    const opening = tokens.openSession(JOE);
    await until(() => adding.length === 1);
    await tokens.revokeAll(7);
    adding[0]();
    const opened = await opening;
    await expect(tokens.verify(opened.token)).rejects.toMatchObject(refused('ERR_TOKEN_REVOKED'));
    await expect(tokens.refresh(opened.refreshToken)).rejects.toMatchObject(refused('ERR_TOKEN_REVOKED'));
    const next = tokens.openSession(JOE);
    await until(() => adding.length === 2);
    adding[1]();
    await tokens.verify((await tokens.refresh((await next).refreshToken)).token);
  });

  it('hold when the sessions cannot be listed, for as long as a session could live', async () => {
    const [store, revocations] = [new FaultySessions(), new MemoryRevocations()];
    const shared = { ...OPTIONS, verify: { maxLifetime: '1h' as const }, issue: { sessions: { store } } };
    const tokens = serviceFor({ ...shared, identify: { revocations } });
    const opened = await tokens.openSession(JOE);
    store.down = ['list'];
    await expect(tokens.revokeAll(7)).rejects.toMatchObject(UNAVAILABLE);
    store.down = [];
    for (const moment of [0, 2 * 60 * MINUTE, 13 * DAY]) {
      after(moment);
      await expect(tokens.refresh(opened.refreshToken)).rejects.toMatchObject(refused('ERR_TOKEN_REVOKED'));
    }
    // Elsewhere nobody has heard of it yet: what is given there is good for nothing here.
    const next = await serviceFor(shared).refresh(opened.refreshToken);
    expect(await tokens.renew(await tokens.verify(next.token))).toBeNull();
  });

  it.each(['list', 'close'] as const)('can be repeated when the store fails to %s', async (verb) => {
    const store = new FaultySessions();
    const tokens = service({ store });
    const { refreshToken, token } = await tokens.openSession(JOE);
    store.down = [verb];
    await expect(tokens.revokeAll(7)).rejects.toMatchObject(UNAVAILABLE);
    await expect(tokens.verify(token)).rejects.toMatchObject(refused('ERR_TOKEN_REVOKED'));
    store.down = [];
    await tokens.revokeAll(7);
    await expect(tokens.refresh(refreshToken)).rejects.toMatchObject(refused('ERR_TOKEN_INVALID'));
  });
});

describe('renew()', () => {
  const NOTHING = null;

  it('makes a new token that says the same, and when the log-in was', async () => {
    const tokens = service();
    const issued = await tokens.issue(JOE, { lifetime: '1h' });
    const loggedInAt = claimsOf(issued).iat;
    after(MINUTE);
    const first = await tokens.renew(await tokens.verify(issued.token));
    after(2 * MINUTE);
    const second = await tokens.renew(await tokens.verify(first?.token ?? ''));
    if (!first || !second) throw new Error('there is nothing');
    const { jti, iat, exp, ...said } = claimsOf(second);
    expect(said).toEqual({
      iss: OPTIONS.issuer,
      aud: OPTIONS.audience,
      sub: '7',
      auth_time: loggedInAt,
      permissions: ['view'],
      user_name: 'joe',
      tenant: 't1',
    });
    expect([jti, (exp as number) - (iat as number)]).toEqual([second.id, 900]);
    expect(iat).toBe((loggedInAt as number) + 120);
    await tokens.verify(issued.token);
    expect(typesOf(recorded.events)).toEqual(['issued', 'issued', 'issued']);
  });

  it('keeps the audience that the token has', async () => {
    const options = { ...OPTIONS, audience: ['shop-api', 'shop-admin'] };
    const tokens = serviceFor(options);
    const issued = await tokens.issue(JOE, { audience: 'shop-admin' });
    const renewed = await tokens.renew(await tokens.verify(issued.token));
    expect(renewed && claimsOf(renewed).aud).toBe('shop-admin');
  });

  it('asks for the subject as a refresh does', async () => {
    let answer: Awaited<ReturnType<IdentityLoader>> = { permissions: ['edit'], name: 'Joseph' };
    const tokens = service({}, async () => answer);
    const token = await tokens.verify((await tokens.issue(JOE)).token);
    const bare = await tokens.verify((await tokens.issue({ id: 7 })).token);
    const [renewed, still] = [await tokens.renew(token), await tokens.renew(bare)];
    expect(renewed && claimsOf(renewed)).toMatchObject({ permissions: ['edit'], user_name: 'Joseph' });
    expect(still && Object.keys(claimsOf(still))).not.toContain('permissions');
    for (const nobody of [null, { permissions: ['edit'], disabled: true }]) {
      answer = nobody;
      expect(await tokens.renew(token)).toBe(NOTHING);
    }
  });

  it('keeps the session, and does not outlive it', async () => {
    const tokens = service({ idle: '20m' });
    const opened = await tokens.openSession(JOE);
    const token = await tokens.verify(opened.token);
    after(10 * MINUTE);
    const renewed = await tokens.renew(token);
    if (!renewed) throw new Error('there is nothing');
    expect(claimsOf(renewed)).toMatchObject({ sid: opened.sessionId, auth_time: claimsOf(opened).auth_time });
    expect(renewed.expiresAt).toEqual(at(20 * MINUTE + 750));
    const again = await tokens.verify(renewed.token);
    await tokens.closeSession(opened.refreshToken);
    await expect(tokens.verify(renewed.token)).rejects.toMatchObject(refused('ERR_TOKEN_REVOKED'));
    expect(await tokens.renew(again)).toBe(NOTHING);
  });

  it('finds nothing to renew in a token whose session has ended, or was never one of its subject', async () => {
    const store = new MemorySessions();
    const tokens = service({ store, idle: '1s' });
    const opened = await tokens.openSession(JOE);
    const token = await tokens.verify(opened.token);
    after(1_000);
    expect(await tokens.renew(token)).toBe(NOTHING);
    after(0);
    const find = store.find.bind(store);
    Object.assign(store, { find: async (id: string) => ({ ...(await find(id)), subject: 'ann' }) });
    expect(await tokens.renew(token)).toBe(NOTHING);
  });

  it('finds nothing to renew in a token that has ended or was revoked', async () => {
    const tokens = service();
    const issued = await tokens.issue(JOE, { lifetime: '1m' });
    const token = await tokens.verify(issued.token);
    stopClock(issued.expiresAt);
    expect(await tokens.renew(token)).toBe(NOTHING);
    stopClock(issued.expiresAt.getTime() - 1);
    expect(await tokens.renew(token)).not.toBe(NOTHING);
    await tokens.revoke(token);
    expect(await tokens.renew(token)).toBe(NOTHING);
  });

  it('finds nothing to renew when the log-in was as long ago as a session may live, with and without one', async () => {
    const tokens = service({ absolute: '1h', idle: '2h' });
    const [alone, ofSession] = [await tokens.issue(JOE, { lifetime: '3h' }), await tokens.openSession(JOE)];
    after(50 * MINUTE);
    const renewed = await tokens.renew(await tokens.verify(alone.token));
    const loggedInAt = (claimsOf(alone).auth_time ?? claimsOf(alone).iat) as number;
    expect(renewed && claimsOf(renewed).auth_time).toBe(loggedInAt);
    const verified = [await tokens.verify(alone.token), await tokens.verify(renewed?.token ?? '')];
    stopClock((loggedInAt + 3_600) * SECOND - 1);
    for (const token of verified) {
      const last = await tokens.renew(token);
      expect(last && claimsOf(last).exp).toBe(loggedInAt + 3_600);
    }
    stopClock((loggedInAt + 3_600) * SECOND);
    for (const token of verified) expect(await tokens.renew(token)).toBe(NOTHING);
    expect(claimsOf(ofSession).auth_time).toBe(loggedInAt);
  });

  it('finds nothing to renew in a token of a session that was reused', async () => {
    const [store, revocations] = [new MemorySessions(), new MemoryRevocations()];
    const tokens = serviceFor({ ...OPTIONS, identify: { revocations }, issue: { sessions: { store } } });
    const opened = await tokens.openSession(JOE);
    const token = await tokens.verify((await tokens.refresh(opened.refreshToken)).token);
    after(MINUTE);
    const add = jest.spyOn(revocations, 'add').mockRejectedValueOnce(new Error('down'));
    await expect(tokens.refresh(opened.refreshToken)).rejects.toMatchObject(UNAVAILABLE);
    expect(await tokens.renew(token)).toBe(NOTHING);
    add.mockRestore();
  });

  it('does not renew what is revoked while the subject is loaded', async () => {
    let meanwhile: () => Promise<void> = async () => undefined;
    const tokens = service({}, async () => {
      await meanwhile();
      return { permissions: [] };
    });
    const token = await tokens.verify((await tokens.issue(JOE)).token);
    meanwhile = () => tokens.revokeAll(7);
    expect(await tokens.renew(token)).toBe(NOTHING);
  });

  it('takes the time of issue for that of a log-in that is told in no number', async () => {
    const { token: text } = await service().issue(JOE);
    const claims = Object.assign(Object.create(null), claimsOf({ token: text }), { auth_time: 'yesterday' });
    const renewed = await service().renew(verifiedToken(claims));
    expect(renewed && claimsOf(renewed).auth_time).toBe(claimsOf({ token: text }).iat);
  });

  it('answers 503 when the store or the loader fails', async () => {
    const store = new FaultySessions();
    let loads = async (): Promise<null> => null;
    const tokens = service({ store }, () => loads());
    const token = await tokens.verify((await tokens.openSession(JOE)).token);
    store.down = ['find'];
    await expect(tokens.renew(token)).rejects.toMatchObject(UNAVAILABLE);
    store.down = [];
    loads = () => Promise.reject(new Error('down'));
    await expect(tokens.renew(token)).rejects.toMatchObject(UNAVAILABLE);
  });
});
