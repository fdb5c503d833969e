import { HttpException } from '@nestjs/common';
import { answerParent } from '../parent.js';
import { median } from '../statistics.js';
import { nestApp } from './contenders/nest-app.js';
import { ours } from './contenders/ours.js';
import { recipe, recipeWithKeyObject } from './contenders/recipe.js';
import { contextMaker } from './fresh-requests.js';
import { permissionNames } from './permission-names.js';
import { SUPPLIES } from './supplies.js';

const CONTENDERS = { ours, recipe, recipeWithKeyObject };
/** Few enough to be in the cache of the processor still, as a request is that was just read. */
const BATCH = 100;

let guards;
let contextOf;
let places;
let take;
let status;

answerParent({
  /**
   * Makes an app and takes its guards out. They must do what they are for, or nothing is measured.
   *
   * @param permissions How many are in the token.
   * @param required How many of them a route needs.
   * @param asked For how many of the routes requests come, in turn.
   */
  open: async ({ contender, platform, supply, key, permissions = 5, required = 1, asked = 1, ...more }) => {
    const settings = { key, required: permissionNames(required), ...more };
    const definition = CONTENDERS[contender](settings);
    const app = await nestApp(platform, definition);
    guards = definition.guards.map((guard) => app.get(guard));
    contextOf = contextMaker(app, platform);
    places = definition.controllers.flatMap(handlersOf).slice(0, asked);
    const issue = () => definition.issue(app, 'person-1', permissionNames(permissions));
    await expectStatus(200, await issue());
    await expectStatus(403, await definition.issue(app, 'person-1', ['another']));
    await expectStatus(401, undefined);
    status = SUPPLIES[supply].refused ? 401 : 200;
    take = await SUPPLIES[supply].start(issue);
    for (const token of await take(8)) await expectStatus(status, token);
  },
  /**
   * Measures so many calls, or as many as fit into a time. A few before them bring the processor back to the matter.
   * Of the batches the median counts: now and then one is hit by the memory of all the requests being put away.
   *
   * @returns nanoseconds of CPU for a call.
   */
  run: async ({ calls, milliseconds }) => {
    const tokens = await take(calls + BATCH);
    await cpuOf(contextsFor(tokens.slice(0, Math.min(BATCH, calls / 4))));
    const batches = [];
    let cpu = 0;
    for (let start = BATCH; start < tokens.length && cpu < milliseconds * 1000; start += BATCH) {
      const contexts = contextsFor(tokens.slice(start, start + BATCH), start);
      const spent = await cpuOf(contexts);
      cpu += spent;
      batches.push((spent * 1000) / contexts.length);
    }
    return median(batches);
  },
});

function contextsFor(tokens, first = 0) {
  return tokens.map((token, index) => contextFor(token, first + index));
}

function handlersOf(controller) {
  return Object.getOwnPropertyNames(controller.prototype)
    .filter((name) => name !== 'constructor')
    .map((name) => ({ controller, handler: controller.prototype[name] }));
}

function contextFor(token, index) {
  return contextOf(token, places[index % places.length]);
}

async function expectStatus(expected, token) {
  const found = await answer(contextFor(token, 0));
  if (found !== expected) throw new Error(`${found} where ${expected} was due`);
}

async function cpuOf(contexts) {
  const before = process.cpuUsage();
  let others = 0;
  for (const context of contexts) {
    // Nest waits for a guard only if it has to.
    const found = answer(context);
    if ((typeof found === 'number' ? found : await found) !== status) others += 1;
  }
  const { user, system } = process.cpuUsage(before);
  if (others > 0) throw new Error(`${others} calls without status ${status}`);
  return user + system;
}

/** What Nest would answer: 200 is what lets the handler run. A promise only where a guard returns one. */
function answer(context, first = 0) {
  try {
    for (let index = first; index < guards.length; index += 1) {
      const allowed = guards[index].canActivate(context);
      if (allowed instanceof Promise) return answerLater(allowed, context, index);
      if (!allowed) return 403;
    }
    return 200;
  } catch (error) {
    return statusOf(error);
  }
}

async function answerLater(promise, context, index) {
  try {
    if (!(await promise)) return 403;
  } catch (error) {
    return statusOf(error);
  }
  return answer(context, index + 1);
}

function statusOf(error) {
  if (error instanceof HttpException) return error.getStatus();
  throw error;
}
