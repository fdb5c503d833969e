import { setTimeout as delay } from 'node:timers/promises';
import { answerParent } from '../parent.js';
import { costOfCheck } from './cost-of-check.js';
import { FILLED_STORES } from './filled-stores.js';

const stores = [];

answerParent({
  fill: async (how, filling) => {
    stores.push(await FILLED_STORES[how](filling));
  },
  /** Bytes in use when everything that can go has gone. */
  memory: async () => {
    for (let times = 0; times < 5; times += 1) {
      globalThis.gc();
      await delay(50);
    }
    const { heapUsed, rss } = process.memoryUsage();
    return { heapUsed, rss };
  },
  cost: (filling) => costOfCheck(stores.at(-1), filling),
});
