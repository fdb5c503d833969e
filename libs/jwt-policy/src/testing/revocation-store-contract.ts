import { deepStrictEqual as equal } from 'node:assert';
import { setTimeout as delay } from 'node:timers/promises';
import type { RevocationEntry, RevocationFacts, RevocationStore } from '../identify/revocation-store.js';
import { orderedId } from '../ordered-id.js';
import { ODD_TEXTS } from './odd-texts.js';

type Made = RevocationStore | Promise<RevocationStore>;

/** Makes the store that a case tries. */
export interface RevocationStoreFactory {
  /** An empty store, ready for use but for its own `open()`. */
  create(): Made;
}

/** Makes the stores of several instances that share what they hold. */
export interface SharedRevocationStoreFactory extends RevocationStoreFactory {
  /** Another instance on what the one made last holds, as in another process. */
  join(): Made;
}

/** One claim about a store, to hand to whatever test runner you use. */
export interface ContractCase<Factory> {
  readonly name: string;
  /** Rejects when the claim does not hold. */
  readonly run: (factory: Factory) => Promise<void>;
}

type Claim = (store: RevocationStore) => Promise<void>;
type SharedClaim = (store: RevocationStore, join: () => Promise<RevocationStore>) => Promise<void>;

const KINDS: RevocationEntry['kind'][] = ['token', 'subject', 'change'];

/** How long instances may take to hear from each other. */
const HEARD_WITHIN = 5_000;
const SUBJECT = 'joe';
const TOKEN = '019ab0d0-0000-7000-8000-000000000000';
const claims: readonly (readonly [name: string, claim: Claim])[] = [
  [
    'knows nothing of what was never added',
    async (store) => {
      await add(store, 'token', 'another');
      equal(await factsOf(store, TOKEN, SUBJECT), { revoked: false, revokedBefore: undefined, changed: undefined });
    },
  ],
  [
    'knows a revoked token from the moment that add() has resolved, and no other one',
    async (store) => {
      await add(store, 'token', TOKEN);
      equal((await factsOf(store, TOKEN, SUBJECT)).revoked, true);
      equal((await factsOf(store, TOKEN.slice(0, -1), SUBJECT)).revoked, false);
      equal((await factsOf(store, `${TOKEN}0`, SUBJECT)).revoked, false);
    },
  ],
  [
    'returns the mark of a revoked subject, and of no other one',
    async (store) => {
      const mark = await add(store, 'subject', SUBJECT);
      equal(await factsOf(store, TOKEN, SUBJECT), { revoked: false, revokedBefore: mark, changed: undefined });
      equal((await factsOf(store, TOKEN, SUBJECT.toUpperCase())).revokedBefore, undefined);
    },
  ],
  [
    'keeps the greatest mark of a subject, whichever was added last',
    async (store) => {
      const [first, second, third] = [orderedId(), orderedId(), orderedId()];
      for (const mark of [second, third, first]) await add(store, 'subject', SUBJECT, { mark });
      equal((await factsOf(store, TOKEN, SUBJECT)).revokedBefore, third);
    },
  ],
  [
    'says something else after every change, whichever mark is the greatest, and the same until then',
    async (store) => {
      const [first, second] = [orderedId(), orderedId()];
      const said: (string | undefined)[] = [(await factsOf(store, TOKEN, SUBJECT)).changed];
      for (const mark of [second, first]) {
        await add(store, 'change', SUBJECT, { mark });
        const { changed } = await factsOf(store, TOKEN, SUBJECT);
        equal((await factsOf(store, TOKEN, SUBJECT)).changed, changed);
        said.push(changed);
      }
      equal(said[0], undefined);
      equal(new Set(said).size, said.length);
    },
  ],
  [
    'keeps tokens, subjects and changes of the same name apart',
    async (store) => {
      await add(store, 'token', 'same');
      equal(await factsOf(store, 'other', 'same'), { revoked: false, revokedBefore: undefined, changed: undefined });
      const revokedBefore = await add(store, 'subject', 'same');
      equal(await factsOf(store, 'other', 'same'), { revoked: false, revokedBefore, changed: undefined });
      await add(store, 'change', 'same');
      const { changed, ...facts } = await factsOf(store, 'same', 'same');
      equal([facts, changed !== undefined], [{ revoked: true, revokedBefore }, true]);
    },
  ],
  [
    'takes every text as an id, and confuses none with another',
    async (store) => {
      for (const id of ODD_TEXTS.filter((_, index) => index % 2 === 0)) {
        await add(store, 'token', id);
        await add(store, 'subject', id);
      }
      for (const [index, id] of ODD_TEXTS.entries()) {
        const { revoked, revokedBefore } = await factsOf(store, id, id);
        equal([id, revoked, revokedBefore !== undefined], [id, index % 2 === 0, index % 2 === 0]);
      }
    },
  ],
  [
    'takes the same entry twice',
    async (store) => {
      const mark = orderedId();
      await add(store, 'token', TOKEN, { mark });
      await add(store, 'token', TOKEN, { mark });
      equal((await factsOf(store, TOKEN, SUBJECT)).revoked, true);
    },
  ],
  [
    'loses none of a thousand entries that are added at once',
    async (store) => {
      const ids = Array.from({ length: 1_000 }, (_, index) => `token-${index}`);
      await Promise.all(ids.map((id) => add(store, 'token', id)));
      const facts = await Promise.all(ids.map((id) => factsOf(store, id, SUBJECT)));
      equal(facts.filter(({ revoked }) => revoked).length, ids.length);
    },
  ],
  [
    'forgets an entry of any kind when it has ended, and not sooner',
    async (store) => {
      const endsAt = new Date(Date.now() + 1_000);
      for (const kind of KINDS) {
        await add(store, kind, 'stays');
        await add(store, kind, 'goes', { endsAt });
      }
      equal([await kindsKnown(store, 'stays'), await kindsKnown(store, 'goes')], [KINDS, KINDS]);
      await delay(1_050);
      equal([await kindsKnown(store, 'stays'), await kindsKnown(store, 'goes')], [KINDS, []]);
    },
  ],
  [
    'does not let an entry of any kind end sooner because it was added again',
    async (store) => {
      for (const kind of KINDS) {
        await add(store, kind, 'stays');
        await add(store, kind, 'stays', { endsAt: new Date(Date.now() + 500) });
      }
      await delay(550);
      equal(await kindsKnown(store, 'stays'), KINDS);
    },
  ],
  [
    'takes an entry of any kind that ends when dates do',
    async (store) => {
      for (const kind of KINDS) await add(store, kind, 'stays', { endsAt: new Date(8_640_000_000_000_000) });
      equal(await kindsKnown(store, 'stays'), KINDS);
    },
  ],
];

const sharedClaims: readonly (readonly [name: string, claim: SharedClaim])[] = [
  [
    'tells another instance, in both directions',
    async (store, join) => {
      const other = await join();
      await add(store, 'token', TOKEN);
      await until(async () => (await factsOf(other, TOKEN, SUBJECT)).revoked);
      for (const instance of [store, store, other, other]) {
        const before = await changesSeenBy(store, other);
        await add(instance, 'change', SUBJECT);
        await until(async () => (await changesSeenBy(store, other)).every((seen, index) => seen !== before[index]));
      }
      const mark = await add(other, 'subject', SUBJECT);
      await until(async () => (await factsOf(store, TOKEN, SUBJECT)).revokedBefore === mark);
    },
  ],
  [
    'gives an instance that comes later the complete picture',
    async (store, join) => {
      const ids = Array.from({ length: 1_000 }, (_, index) => `token-${index}`);
      await Promise.all(ids.map((id) => add(store, 'token', id)));
      const revokedBefore = await add(store, 'subject', SUBJECT);
      await add(store, 'change', SUBJECT);
      const late = await join();
      const facts = await Promise.all(ids.map((id) => factsOf(late, id, SUBJECT)));
      equal(facts.filter(({ revoked }) => revoked).length, ids.length);
      equal([facts[0].revokedBefore, facts[0].changed !== undefined], [revokedBefore, true]);
    },
  ],
  [
    'lets two instances agree on the mark of a subject',
    async (store, join) => {
      const other = await join();
      const marks = Array.from({ length: 20 }, () => orderedId());
      await Promise.all(marks.map((mark, index) => add(index % 2 === 0 ? store : other, 'subject', SUBJECT, { mark })));
      await until(async () => {
        const facts = [await factsOf(store, TOKEN, SUBJECT), await factsOf(other, TOKEN, SUBJECT)];
        return facts.every(({ revokedBefore }) => revokedBefore === marks.at(-1));
      });
    },
  ],
];

/**
 * What every `RevocationStore` must do, as cases for your test runner.
 *
 * @example
 * describe('my store', () => {
 *   it.each(revocationStoreContract)('$name', ({ run }) => run({ create: () => new MyStore() }));
 * });
 */
export const revocationStoreContract: readonly ContractCase<RevocationStoreFactory>[] = Object.freeze(
  claims.map(([name, claim]): ContractCase<RevocationStoreFactory> => ({
    name,
    run: (factory) => withStores((open) => open(factory.create()).then(claim)),
  })),
);

/** What a store must do besides, when several instances share it. */
export const sharedRevocationStoreContract: readonly ContractCase<SharedRevocationStoreFactory>[] = Object.freeze(
  sharedClaims.map(([name, claim]): ContractCase<SharedRevocationStoreFactory> => ({
    name,
    run: (factory) => withStores(async (open) => claim(await open(factory.create()), async () => open(factory.join()))),
  })),
);

async function withStores(work: (open: (made: Made) => Promise<RevocationStore>) => Promise<void>): Promise<void> {
  const opened: RevocationStore[] = [];
  try {
    await work(async (made) => {
      const store = await made;
      opened.push(store);
      await store.open?.();
      return store;
    });
  } finally {
    for (const store of opened) await store.close?.();
  }
}

async function add(
  store: RevocationStore,
  kind: RevocationEntry['kind'],
  id: string,
  { mark = orderedId(), endsAt = new Date(Date.now() + 600_000) }: { mark?: string; endsAt?: Date } = {},
): Promise<string> {
  await store.add({ kind, id, mark, endsAt });
  return mark;
}

/** The facts without a difference between absent, `undefined` and `null`. */
async function factsOf(store: RevocationStore, tokenId: string, subject: string): Promise<RevocationFacts> {
  const { revoked, revokedBefore, changed } = await store.find(tokenId, subject);
  return { revoked, revokedBefore: revokedBefore ?? undefined, changed: changed ?? undefined };
}

async function kindsKnown(store: RevocationStore, id: string): Promise<RevocationEntry['kind'][]> {
  const { revoked, revokedBefore, changed } = await factsOf(store, id, id);
  const known = { token: revoked, subject: revokedBefore !== undefined, change: changed !== undefined };
  return KINDS.filter((kind) => known[kind]);
}

async function changesSeenBy(...stores: RevocationStore[]): Promise<(string | undefined)[]> {
  const seen = await Promise.all(stores.map((store) => factsOf(store, TOKEN, SUBJECT)));
  return seen.map(({ changed }) => changed);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + HEARD_WITHIN;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`the instances did not agree within ${HEARD_WITHIN} ms`);
    await delay(5);
  }
}
