import { deepStrictEqual as equal, ok } from 'node:assert';
import { createHash, randomUUID } from 'node:crypto';
import type { Rotation, RotationOutcome, SessionRecord, SessionStore } from '../issue/sessions/session-store.js';
import { ODD_TEXTS } from './odd-texts.js';
import type { ContractCase } from './revocation-store-contract.js';

type Made = SessionStore | Promise<SessionStore>;

/** Makes the store that a case tries. */
export interface SessionStoreFactory {
  /** An empty store, ready for use but for its own `open()`. */
  create(): Made;
}

/** Makes the stores of several instances that share what they hold. */
export interface SharedSessionStoreFactory extends SessionStoreFactory {
  /** Another instance on what the one made last holds, as in another process. */
  join(): Made;
}

type Claim = (store: SessionStore) => Promise<void>;
type SharedClaim = (store: SessionStore, other: SessionStore) => Promise<void>;

const GRACE = 10_000;
const IDLE = 600_000;
const LIFE = 3_600_000;
const AT_ONCE = 100;
const ROUNDS = 20;
const MANY = 120;
/** When the sessions are opened: a day ahead, so that no store drops one by its own clock that a case still asks for. */
const START = Date.now() + 86_400_000;
const LAST_DATE = 8_640_000_000_000_000;

const UNKNOWN: RotationOutcome = { outcome: 'unknown' };
const ROTATED: RotationOutcome = { outcome: 'rotated' };
const EXPIRED: RotationOutcome = { outcome: 'expired' };
const DISCOVERED: RotationOutcome = { outcome: 'reused', discovered: true };
const REUSED: RotationOutcome = { outcome: 'reused', discovered: false };

const claims: readonly (readonly [name: string, claim: Claim])[] = [
  [
    'finds a session as it was added, and no other one',
    async (store) => {
      const session = await open(store);
      equal(await found(store, session.id), session);
      equal(await found(store, randomUUID()), null);
    },
  ],
  [
    'keeps a hundred sessions that are added at once apart',
    async (store) => {
      const opened = await Promise.all(
        Array.from({ length: AT_ONCE }, (_, index) => open(store, { data: `${index}` })),
      );
      equal(await Promise.all(opened.map(({ id }) => found(store, id))), opened);
    },
  ],
  [
    'makes the next token the current one, and changes nothing else but the times of use and of the idle end',
    async (store) => {
      const session = await open(store);
      equal(await rotate(store, session, 'first', 1_000), ROTATED);
      const rotated = { ...session, current: hash('first+'), usedAt: after(1_000), idleEndsAt: after(1_000 + IDLE) };
      equal(await found(store, session.id), rotated);
      for (const [times, token] of ['first+', 'first++', 'first+++'].entries()) {
        equal(await rotate(store, session, token, 2_000 + times), ROTATED);
      }
      equal((await found(store, session.id))?.current, hash('first++++'));
    },
  ],
  [
    'takes the new idle end as it is, also when it comes sooner than the one before',
    async (store) => {
      const session = await open(store);
      equal(await rotate(store, session, 'first', 1, { idleEndsAt: after(1_000) }), ROTATED);
      equal((await found(store, session.id))?.idleEndsAt, after(1_000));
      equal(await rotate(store, session, 'first+', 1_000), EXPIRED);
    },
  ],
  [
    'lets no idle end lie after the end',
    async (store) => {
      const session = await open(store, { idleEndsAt: after(LIFE - 1) });
      equal(await rotate(store, session, 'first', LIFE - 2, { idleEndsAt: after(LIFE + IDLE) }), ROTATED);
      equal((await found(store, session.id))?.idleEndsAt, after(LIFE));
      equal(await list(store, 'joe', LIFE), []);
      equal(await rotate(store, session, 'first+', LIFE), EXPIRED);
      equal(await rotate(store, session, 'first+', LIFE - 1), ROTATED);
    },
  ],
  [
    'answers a repeat with what was kept with the first rotation, as often as it comes, until the grace is over',
    async (store) => {
      const session = await open(store);
      equal(await rotate(store, session, 'first', 1_000, { sealed: 'sealed for the first' }), ROTATED);
      const before = await found(store, session.id);
      // The last of them by a clock that is behind.
      for (const [index, at] of [1_000, 1_001, 1_000 + GRACE, 500].entries()) {
        const repeat = { sealed: `sealed for repeat ${index}`, next: hash(`repeat ${index}`) };
        equal(await rotate(store, session, 'first', at, repeat), repeated('sealed for the first'));
        equal(await found(store, session.id), before);
      }
      equal(await rotate(store, session, 'first', 1_000 + GRACE + 1), DISCOVERED);
    },
  ],
  [
    'counts the grace from the rotation that replaced the token',
    async (store) => {
      const session = await open(store);
      await rotate(store, session, 'first', GRACE * 10);
      equal(await rotate(store, session, 'first+', GRACE * 20, { sealed: 'the second' }), ROTATED);
      equal(await rotate(store, session, 'first+', GRACE * 21), repeated('the second'));
    },
  ],
  [
    'without any grace answers a repeat in the same millisecond, and no later one',
    async (store) => {
      const session = await open(store);
      await rotate(store, session, 'first', 1_000, { sealed: 'once', grace: 0 });
      equal(await rotate(store, session, 'first', 1_000, { grace: 0 }), repeated('once'));
      equal(await rotate(store, session, 'first', 1_001, { grace: 0 }), DISCOVERED);
    },
  ],
  [
    'takes no token for good that was only offered as the next of a repeat',
    async (store) => {
      const session = await open(store);
      await rotate(store, session, 'first', 1_000);
      await rotate(store, session, 'first', 1_001, { next: hash('offered') });
      equal(await rotate(store, session, 'offered', 1_002), DISCOVERED);
    },
  ],
  [
    'answers a repeat with all that was kept since, from the token that is presented to the current one',
    async (store) => {
      const session = await open(store);
      const tokens = ['first', 'first+', 'first++', 'first+++'];
      for (const [times, token] of tokens.entries()) equal(await rotate(store, session, token, times), ROTATED);
      const [before, kept] = [await found(store, session.id), tokens.map((token) => `sealed ${token}+`)];
      for (const [place, token] of tokens.entries()) {
        equal(await rotate(store, session, token, 1_000), repeated(...kept.slice(place)));
      }
      equal(await found(store, session.id), before);
      equal(await rotate(store, session, 'first++++', 1_001), ROTATED);
    },
  ],
  [
    'remembers four tokens before the current one, and finds a fifth reused, also within the grace',
    async (store) => {
      const session = await open(store);
      const tokens = ['first', 'first+', 'first++', 'first+++', 'first++++'];
      for (const [times, token] of tokens.entries()) await rotate(store, session, token, times);
      const kept = tokens.slice(1).map((token) => `sealed ${token}+`);
      equal(await rotate(store, session, 'first+', 10), repeated(...kept));
      equal(await rotate(store, session, 'first', 10), DISCOVERED);
    },
  ],
  [
    'counts the grace of each token from the rotation that replaced that one',
    async (store) => {
      const session = await open(store);
      await rotate(store, session, 'first', 1);
      await rotate(store, session, 'first+', 1 + GRACE);
      equal(await rotate(store, session, 'first', 1 + GRACE), repeated('sealed first+', 'sealed first++'));
      equal(await rotate(store, session, 'first+', 2 + GRACE), repeated('sealed first++'));
      equal(await rotate(store, session, 'first', 2 + GRACE), DISCOVERED);
    },
  ],
  [
    'makes nothing of a rotation that comes late, when the session was used since, whatever token it presents',
    async (store) => {
      const session = await open(store);
      await rotate(store, session, 'first', 1_000);
      await rotate(store, session, 'first+', 1_001 + GRACE);
      const before = await found(store, session.id);
      for (const token of ['first', 'never seen']) {
        for (const at of [0, 1_000, 1_000 + GRACE]) equal(await rotate(store, session, token, at), UNKNOWN);
      }
      equal(await found(store, session.id), before);
      equal(await rotate(store, session, 'first', 1_001 + GRACE), DISCOVERED);
    },
  ],
  [
    'rotates the current token also by a clock that is behind, and takes back neither a time of use nor the grace',
    async (store) => {
      const session = await open(store);
      await rotate(store, session, 'first', 2_000);
      equal(await rotate(store, session, 'first+', 1_000), ROTATED);
      equal((await found(store, session.id))?.usedAt, after(2_000));
      equal(await rotate(store, session, 'first+', 2_000 + GRACE), repeated('sealed first++'));
      equal(await rotate(store, session, 'first+', 2_001 + GRACE), DISCOVERED);
    },
  ],
  [
    'finds any other token of the family reused, also before the first rotation',
    async (store) => {
      const session = await open(store);
      equal(await rotate(store, session, 'never seen', 1), DISCOVERED);
    },
  ],
  [
    'discovers a reuse once, and refuses every token of the session from then on, whenever it comes',
    async (store) => {
      const session = await open(store);
      await rotate(store, session, 'first', 1);
      await rotate(store, session, 'first+', 2);
      equal(await rotate(store, session, 'never seen', 3), DISCOVERED);
      for (const token of ['first', 'first+', 'first++', 'never seen']) {
        for (const at of [0, 4, IDLE, LIFE]) equal(await rotate(store, session, token, at), REUSED);
      }
    },
  ],
  [
    'finds and lists a session that was found to be reused, and says so, until it is closed',
    async (store) => {
      const session = await open(store);
      await rotate(store, session, 'first', 1);
      const used = { current: hash('first+'), usedAt: after(1), idleEndsAt: after(1 + IDLE) };
      equal(await rotate(store, session, 'never seen', 2), DISCOVERED);
      const reused = { ...session, ...used, isReused: true };
      equal([await found(store, session.id), await list(store, 'joe', 3)], [reused, [reused]]);
      equal(await rotate(store, session, 'first+', 3), REUSED);
      equal([await found(store, session.id), await list(store, 'joe', 3)], [reused, [reused]]);
      equal(await store.close(session.id), true);
      equal([await found(store, session.id), await list(store, 'joe', 3)], [null, []]);
    },
  ],
  [
    'leaves other sessions of the subject alone when one is reused',
    async (store) => {
      const [reused, other] = [await open(store), await open(store, { current: hash('other') })];
      await rotate(store, reused, 'never seen', 1);
      equal(await found(store, other.id), other);
      equal(await rotate(store, other, 'other', 1), ROTATED);
    },
  ],
  [
    'knows no session of another id or family, and lets nobody kill one who knows no token of it',
    async (store) => {
      const [session, other] = [await open(store), await open(store)];
      for (const token of ['first', 'never seen']) {
        equal(await rotate(store, session, token, 1, { id: randomUUID() }), UNKNOWN);
        for (const family of [other.family, hash('wrong'), session.family.toLowerCase(), '']) {
          equal(await rotate(store, session, token, 1, { family }), UNKNOWN);
        }
      }
      equal(await found(store, session.id), session);
      equal(await rotate(store, session, 'first', 1), ROTATED);
    },
  ],
  [
    'asks for the family before anything else',
    async (store) => {
      const [ended, reused] = [await open(store), await open(store)];
      await rotate(store, reused, 'never seen', 1);
      equal(await rotate(store, ended, 'first', LIFE, { family: hash('wrong') }), UNKNOWN);
      equal(await rotate(store, reused, 'first', 2, { family: hash('wrong') }), UNKNOWN);
    },
  ],
  [
    'tells a session from one that has ended to the millisecond',
    async (store) => {
      const [idle, whole] = [await open(store), await open(store, { idleEndsAt: after(LIFE) })];
      equal(await rotate(store, idle, 'first', IDLE), EXPIRED);
      equal(await rotate(store, idle, 'first', IDLE - 1), ROTATED);
      equal(await rotate(store, whole, 'first', LIFE), EXPIRED);
      equal(await rotate(store, whole, 'first', LIFE - 1), ROTATED);
    },
  ],
  [
    'asks for the end before the token: it discovers nothing, and repeats nothing, once a session has ended',
    async (store) => {
      const session = await open(store);
      await rotate(store, session, 'first', 1, { idleEndsAt: after(1_000) });
      const before = await found(store, session.id);
      for (const token of ['first', 'first+', 'never seen']) {
        equal(await rotate(store, session, token, 1_000), EXPIRED);
      }
      equal(await found(store, session.id), before);
      equal(await rotate(store, session, 'first+', 999), ROTATED);
    },
  ],
  [
    'lists the sessions of a subject in the order in which they were opened',
    async (store) => {
      const [third, first, second] = [
        await open(store, { openedAt: after(3) }),
        await open(store, { openedAt: after(1) }),
        await open(store, { openedAt: after(2) }),
      ];
      equal(await list(store, 'joe', 4), [first, second, third]);
      await rotate(store, first, 'first', 5);
      const used = { current: hash('first+'), usedAt: after(5), idleEndsAt: after(5 + IDLE) };
      equal(await list(store, 'joe', 6), [{ ...first, ...used }, second, third]);
    },
  ],
  [
    'lists none that is closed, ended by then or of somebody else',
    async (store) => {
      const stays = await open(store);
      const closed = await open(store);
      await open(store, { idleEndsAt: after(1_000) });
      await open(store, { idleEndsAt: after(1_000), endsAt: after(1_000) });
      await open(store, { subject: 'Joe' });
      await open(store, { subject: 'joe2' });
      await store.close(closed.id);
      equal(await list(store, 'joe', 1_000), [stays]);
      equal((await list(store, 'joe', 999)).length, 3);
      equal(await list(store, 'ann', 1), []);
    },
  ],
  [
    'lists a hundred sessions and more, those of long ago included',
    async (store) => {
      const opened: SessionRecord[] = [];
      for (let index = 0; index < MANY; index += 1) opened.push(await open(store, { openedAt: after(index) }));
      await store.close(opened[7].id);
      equal(await list(store, 'joe', -START), opened.toSpliced(7, 1));
    },
  ],
  [
    'closes a session at once, any number of times, and no other one',
    async (store) => {
      const [closed, other] = [await open(store), await open(store, { openedAt: after(1) })];
      await rotate(store, closed, 'first', 1);
      for (const wasThere of [true, false]) {
        equal(await store.close(closed.id), wasThere);
        equal(await found(store, closed.id), null);
        for (const token of ['first', 'first+', 'never seen']) equal(await rotate(store, closed, token, 2), UNKNOWN);
      }
      equal(await store.close(randomUUID()), false);
      equal(await list(store, 'joe', 2), [other]);
    },
  ],
  ['tells one of those who close a session at once that it was there', (store) => closesOnce(store, store)],
  [
    'keeps its dates to itself',
    async (store) => {
      const session = await open(store);
      const before = plain({ ...session, openedAt: after(0), usedAt: after(0) });
      const at = after(1);
      await rotate(store, session, 'first', 1, { at });
      const expected = { ...before, current: hash('first+'), usedAt: after(1), idleEndsAt: after(1 + IDLE) };
      const shown = [session, await store.find(session.id), ...(await store.list('joe', after(1)))];
      const dates = shown.flatMap((one) => one && [one.openedAt, one.usedAt, one.idleEndsAt, one.endsAt]);
      for (const date of [at, ...dates]) date?.setTime(0);
      equal(await found(store, session.id), { ...expected, endsAt: after(LIFE) });
    },
  ],
  [
    'closes one that was found to be reused, and one that has ended',
    async (store) => {
      const [reused, ended] = [await open(store), await open(store, { idleEndsAt: after(1) })];
      await rotate(store, reused, 'never seen', 1);
      for (const session of [reused, ended]) {
        await store.close(session.id);
        equal(await rotate(store, session, 'first', 2), UNKNOWN);
      }
    },
  ],
  [
    'takes every text as a subject, and confuses none with another',
    async (store) => {
      const opened: SessionRecord[] = [];
      for (const subject of ODD_TEXTS) opened.push(await open(store, { subject }));
      for (const session of opened) {
        equal(await found(store, session.id), session);
        equal(await list(store, session.subject, 1), [session]);
      }
    },
  ],
  [
    'keeps big data as it is, whatever JSON holds',
    async (store) => {
      const odd = [...ODD_TEXTS, { __proto__: null, n: 1e21, list: [null, true] }];
      const data = JSON.stringify({ odd, much: 'é🍎"\\'.repeat(20_000) });
      const session = await open(store, { data });
      equal((await found(store, session.id))?.data, data);
      await rotate(store, session, 'first', 1);
      equal(
        (await list(store, 'joe', 1)).map((one) => one.data),
        [data],
      );
    },
  ],
  [
    'takes a session that ends when dates do',
    async (store) => {
      const ends = { idleEndsAt: new Date(LAST_DATE), endsAt: new Date(LAST_DATE) };
      const session = await open(store, ends);
      equal(await rotate(store, session, 'first', LIFE, { idleEndsAt: new Date(LAST_DATE) }), ROTATED);
      equal(await list(store, 'joe', LIFE), [
        { ...session, current: hash('first+'), usedAt: after(LIFE), idleEndsAt: new Date(LAST_DATE) },
      ]);
    },
  ],
  ['rotates a token once, however often it is presented at once', (store) => rotatesOnce(store, store)],
  ['discovers a reuse once, however often the token is presented at once', (store) => discoversOnce(store, store)],
  ['brings no session back that is closed while it rotates', (store) => staysClosed(store, store)],
];

const sharedClaims: readonly (readonly [name: string, claim: SharedClaim])[] = [
  [
    'tells another instance at once, in both directions',
    async (store, other) => {
      for (const [here, there] of [
        [store, other],
        [other, store],
      ]) {
        const subject = randomUUID();
        const session = await open(here, { subject });
        equal([await found(there, session.id), await list(there, subject, 1)], [session, [session]]);
        equal(await rotate(here, session, 'first', 1, { sealed: 'from here' }), ROTATED);
        equal(await rotate(there, session, 'first', 2), repeated('from here'));
        equal(await rotate(there, session, 'first+', 3), ROTATED);
        equal(await rotate(here, session, 'first', 4), repeated('from here', 'sealed first++'));
        equal(await rotate(here, session, 'never seen', 4), DISCOVERED);
        equal(await rotate(there, session, 'first++', 5), REUSED);
        equal((await found(there, session.id))?.isReused, true);
        equal(await there.close(session.id), true);
        equal(await here.close(session.id), false);
        const closed = await open(here, { subject });
        await here.close(closed.id);
        equal([await found(there, closed.id), await list(there, subject, 5)], [null, []]);
        equal(await rotate(there, closed, 'first', 5), UNKNOWN);
      }
    },
  ],
  ['rotates a token once, on whichever instances it is presented at once', rotatesOnce],
  ['discovers a reuse once, on whichever instances the token is presented at once', discoversOnce],
  ['tells one of those who close a session at once that it was there, on whichever instances', closesOnce],
  ['brings no session back that one instance closes while another rotates it', staysClosed],
];

async function rotatesOnce(store: SessionStore, other: SessionStore): Promise<void> {
  const session = await open(store);
  const attempts = Array.from({ length: AT_ONCE }, (_, index) => ({
    next: hash(`next ${index}`),
    sealed: `sealed ${index}`,
  }));
  const outcomes = await Promise.all(
    attempts.map((attempt, index) => rotate(turn(index, store, other), session, 'first', 1_000, attempt)),
  );
  const winner = outcomes.findIndex(({ outcome }) => outcome === 'rotated');
  ok(winner >= 0, 'none was told that it has rotated the token');
  const { next, sealed } = attempts[winner];
  equal(
    outcomes.filter((_, index) => index !== winner),
    attempts.slice(1).map(() => repeated(sealed)),
  );
  equal((await found(other, session.id))?.current, next);
}

async function discoversOnce(store: SessionStore, other: SessionStore): Promise<void> {
  const session = await open(store);
  await rotate(store, session, 'first', 1);
  await rotate(store, session, 'first+', 2);
  const outcomes = await Promise.all(
    Array.from({ length: AT_ONCE }, (_, index) => rotate(turn(index, store, other), session, 'never seen', 3)),
  );
  const later = outcomes.filter((outcome) => outcome.outcome === 'reused' && !outcome.discovered);
  equal([outcomes.length, later.length], [AT_ONCE, AT_ONCE - 1]);
  equal(outcomes.filter((outcome) => outcome.outcome === 'reused' && outcome.discovered).length, 1);
}

async function closesOnce(store: SessionStore, other: SessionStore): Promise<void> {
  const session = await open(store);
  const told = await Promise.all(
    Array.from({ length: AT_ONCE }, (_, index) => turn(index, store, other).close(session.id)),
  );
  equal(
    told.toSorted((a, b) => Number(b) - Number(a)),
    told.map((_, index) => index === 0),
  );
}

async function staysClosed(store: SessionStore, other: SessionStore): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const session = await open(store);
    const outcomes = await Promise.all([
      rotate(other, session, 'first', 1),
      store.close(session.id).then(() => null),
      rotate(other, session, 'first', 2),
    ]);
    for (const told of [outcomes[0], outcomes[2]]) ok(['rotated', 'repeated', 'unknown'].includes(told.outcome));
    equal([await found(other, session.id), await found(store, session.id)], [null, null]);
    equal(await list(other, 'joe', 3), []);
    for (const token of ['first', 'first+']) equal(await rotate(other, session, token, 3), UNKNOWN);
  }
}

/**
 * What every `SessionStore` must do, as cases for your test runner.
 *
 * @example
 * describe('my store', () => {
 *   it.each(sessionStoreContract)('$name', ({ run }) => run({ create: () => new MyStore() }));
 * });
 */
export const sessionStoreContract: readonly ContractCase<SessionStoreFactory>[] = Object.freeze(
  claims.map(([name, claim]): ContractCase<SessionStoreFactory> => ({
    name,
    run: async (factory) => claim(await ready(factory.create())),
  })),
);

/** What a store must do besides, when several instances share it. */
export const sharedSessionStoreContract: readonly ContractCase<SharedSessionStoreFactory>[] = Object.freeze(
  sharedClaims.map(([name, claim]): ContractCase<SharedSessionStoreFactory> => ({
    name,
    run: async (factory) => claim(await ready(factory.create()), await ready(factory.join())),
  })),
);

async function ready(made: Made): Promise<SessionStore> {
  const store = await made;
  await store.open?.();
  return store;
}

/** A session of joe whose current token is `first`, unless it is told otherwise. */
async function open(store: SessionStore, told: Partial<SessionRecord> = {}): Promise<SessionRecord> {
  const id = randomUUID();
  const session: SessionRecord = {
    id,
    subject: 'joe',
    data: '{}',
    family: hash(`Family of ${id}`),
    current: hash('first'),
    openedAt: after(0),
    usedAt: told.openedAt ?? after(0),
    idleEndsAt: after(IDLE),
    endsAt: after(LIFE),
    isReused: false,
    ...told,
  };
  await store.add(session);
  return session;
}

/** Presents a token; the next one, unless it is told otherwise, has the same name with a plus behind it. */
function rotate(
  store: SessionStore,
  { id, family }: SessionRecord,
  token: string,
  at: number,
  told: Partial<Rotation> = {},
): Promise<RotationOutcome> {
  return store.rotate({
    id,
    family,
    presented: hash(token),
    next: hash(`${token}+`),
    sealed: `sealed ${token}+`,
    at: after(at),
    grace: GRACE,
    idleEndsAt: after(at + IDLE),
    ...told,
  });
}

async function found(store: SessionStore, id: string): Promise<SessionRecord | null> {
  const session = await store.find(id);
  return session && plain(session);
}

async function list(store: SessionStore, subject: string, at: number): Promise<SessionRecord[]> {
  return (await store.list(subject, after(at))).map(plain);
}

/** A record without whatever else a store may hand out with it. */
function plain({
  id,
  subject,
  data,
  family,
  current,
  openedAt,
  usedAt,
  idleEndsAt,
  endsAt,
  isReused,
}: SessionRecord): SessionRecord {
  return { id, subject, data, family, current, openedAt, usedAt, idleEndsAt, endsAt, isReused };
}

function repeated(...sealed: string[]): RotationOutcome {
  return { outcome: 'repeated', sealed };
}

function turn(index: number, store: SessionStore, other: SessionStore): SessionStore {
  return index % 2 === 0 ? store : other;
}

function after(milliseconds: number): Date {
  return new Date(START + milliseconds);
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
