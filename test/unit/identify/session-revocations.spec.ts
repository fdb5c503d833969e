/* oxlint-disable unicorn/consistent-function-scoping -- small helpers stand beside the claims that they serve */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { InvalidToken, MemoryRevocations, PolicyUnavailable, type RevocationFacts } from 'nestjs-jwt-policy';
import { orderedId } from '../../../libs/jwt-policy/src/ordered-id.js';
import type { VerifiedToken } from '../../../libs/jwt-policy/src/verify/verified-token.js';
import { stopClock } from '../../support/clock.js';
import { revocationsOn } from '../../support/revocations.js';
import { verifiedToken } from '../../support/verified-tokens.js';

type Answer = RevocationFacts | Promise<RevocationFacts>;

const SID = randomUUID();
const GOOD: RevocationFacts = { revoked: false };
const REVOKED: RevocationFacts = { revoked: true };
const tokenOf = (sid?: unknown): VerifiedToken =>
  verifiedToken({ jti: orderedId(), ...(sid === undefined ? {} : { sid }) });
const down = (): never => {
  throw new Error('down');
};
/** What the store says of the token, and of its session. */
const checked = async (ofToken: () => Answer, ofSession: () => Answer): Promise<unknown> =>
  revocationsOn({ add: async () => undefined, find: (id) => (id === SID ? ofSession() : ofToken()) }).check(
    tokenOf(SID),
  );

describe('a check of a token of a session', () => {
  it('asks once more, at once and without a promise where the store needs none', () => {
    const asked: string[][] = [];
    class Watched extends MemoryRevocations {
      override find(...names: [string, string]): RevocationFacts {
        asked.push(names);
        return super.find(...names);
      }
    }
    const [alone, ofSession] = [tokenOf(), tokenOf(SID)];
    const revocations = revocationsOn(new Watched());
    expect([revocations.check(alone), revocations.check(ofSession)]).toEqual([undefined, undefined]);
    expect(asked).toEqual([
      [alone.id, '42'],
      [ofSession.id, '42'],
      [SID, '42'],
    ]);
  });

  it('asks for both at the same time where there is something to wait for', async () => {
    const asked = performance.now();
    const late = async (): Promise<RevocationFacts> => delay(100, GOOD);
    await checked(late, late);
    expect(performance.now() - asked).toBeLessThan(180);
  });

  it.each<[string, () => Answer, () => Answer]>([
    ['the token, at once', () => REVOKED, () => GOOD],
    ['the session, at once', () => GOOD, () => REVOKED],
    ['the token, later', async () => REVOKED, async () => GOOD],
    ['the session, later', async () => GOOD, async () => REVOKED],
    ['the session later, the token at once', () => GOOD, async () => REVOKED],
    ['the session at once, the token later', async () => GOOD, () => REVOKED],
  ])('refuses when the store says that it is revoked: %s', async (_case, ofToken, ofSession) => {
    await expect(checked(ofToken, ofSession)).rejects.toMatchObject({
      constructor: InvalidToken,
      code: 'ERR_TOKEN_REVOKED',
    });
  });

  it.each<[string, () => Answer, () => Answer]>([
    ['throws for the token', down, () => GOOD],
    ['throws for the session', () => GOOD, down],
    ['throws for the session, and rejects later for the token', async () => delay(20).then(down), down],
    ['rejects for the session', async () => GOOD, async () => down()],
    ['rejects for both', async () => down(), async () => delay(20).then(down)],
    ['never answers for the session', () => GOOD, () => new Promise(() => undefined)],
    ['says nothing of the session', () => GOOD, () => undefined as never],
    ['says null of the session, later', async () => GOOD, async () => null as never],
  ])('lets nobody in when the store %s', async (_case, ofToken, ofSession) => {
    await expect(checked(ofToken, ofSession)).rejects.toBeInstanceOf(PolicyUnavailable);
    // A rejection that nobody waits for would end the process.
    await delay(40);
  });

  it('tells the version of the subject', async () => {
    const changed = { revoked: false, changed: 'v2' };
    expect(
      await checked(
        () => changed,
        () => changed,
      ),
    ).toBe('v2');
    expect(
      await checked(
        async () => changed,
        () => changed,
      ),
    ).toBe('v2');
    expect(
      await checked(
        () => changed,
        async () => changed,
      ),
    ).toBe('v2');
  });
});

describe('a revocation of a session', () => {
  afterEach(() => jest.useRealTimers());

  it('is kept until it has ended, with leeway and five minutes more, and touches no other session', () => {
    const now = Date.now();
    stopClock(now);
    const revocations = revocationsOn(new MemoryRevocations(), { leeway: 5_000 });
    const code = (token: VerifiedToken): unknown => {
      try {
        return revocations.check(token);
      } catch (error) {
        return (error as InvalidToken).code;
      }
    };
    void revocations.revokeSession({ id: SID, endsAt: new Date(now + 60_000) });
    stopClock(now + 364_999);
    expect([code(tokenOf(SID)), code(tokenOf(randomUUID())), code(tokenOf())]).toEqual([
      'ERR_TOKEN_REVOKED',
      undefined,
      undefined,
    ]);
    stopClock(now + 365_000);
    expect(code(tokenOf(SID))).toBeUndefined();
  });
});
