import { answerParent } from '../parent.js';
import { nestApp } from './contenders/nest-app.js';
import { ours } from './contenders/ours.js';
import { contextMaker } from './fresh-requests.js';
import { permissionNames, REQUIRED } from './permission-names.js';

const WARM_UP = 2000;

let app;
let guard;
let contextOf;
let issue;
let place;

answerParent({
  open: async (key) => {
    const definition = ours({ key, required: [REQUIRED] });
    app = await nestApp('fastify', definition);
    guard = app.get(definition.guards[0]);
    contextOf = contextMaker(app, 'fastify');
    issue = (permissions) => definition.issue(app, 'person-1', permissions);
    const [controller] = definition.controllers;
    place = { controller, handler: controller.prototype.item0 };
    const token = await issue(permissionNames(5));
    for (let number = 0; number < WARM_UP; number += 1) await pass(token);
  },
  /**
   * Lets so many tokens in, of people who have one of so many lists of permissions.
   *
   * @returns the bytes that are left of them all, and how many of them are known when they come again.
   */
  remember: async ({ count, permissions, lists }) => {
    const written = new Texts(count, 16_384);
    const before = used();
    for (let number = 0; number < count; number += 1) {
      const token = await issue(permissionNames(permissions, number % lists));
      await pass(token);
      written.add(token);
    }
    const bytes = used() - before;
    return { bytes, known: await howManyAreKnown(written) };
  },
});

async function pass(token) {
  if (!(await guard.canActivate(contextOf(token, place)))) throw new Error('not let in');
}

/** A known token is let in without its JSON being read. The newest comes first, as the oldest have to make room. */
async function howManyAreKnown(written) {
  const parse = JSON.parse;
  let parsed = 0;
  JSON.parse = (...text) => {
    parsed += 1;
    return parse(...text);
  };
  let known = 0;
  try {
    for (const token of written.newestFirst()) {
      const before = parsed;
      await pass(token);
      if (parsed === before) known += 1;
    }
  } finally {
    JSON.parse = parse;
  }
  return known;
}

function used() {
  for (let time = 0; time < 4; time += 1) globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Texts that are kept where they do not count: in memory that was taken before. */
class Texts {
  #bytes;
  #ends;
  #count = 0;

  constructor(count, longest) {
    this.#bytes = Buffer.alloc(count * longest);
    this.#ends = new Uint32Array(count + 1);
  }

  add(text) {
    const start = this.#ends[this.#count];
    this.#count += 1;
    this.#ends[this.#count] = start + this.#bytes.write(text, start, 'latin1');
  }

  *newestFirst() {
    for (let number = this.#count; number > 0; number -= 1) {
      yield this.#bytes.toString('latin1', this.#ends[number - 1], this.#ends[number]);
    }
  }
}
