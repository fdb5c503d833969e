import { randomBytes } from 'node:crypto';
import { answerParent } from '../parent.js';
import { nestApp } from './contenders/nest-app.js';

answerParent({
  /** @returns milliseconds since this process began, and those of CPU, until an app of the contender is ready. */
  boot: async ({ contender, routes }) => {
    const startedAt = performance.now();
    const startedWith = process.cpuUsage();
    const { [contender]: definition } = await import(`./contenders/${contender}.js`);
    const key = { alg: 'HS512', secret: randomBytes(64).toString('base64url') };
    await nestApp('express', definition({ key, routes, required: ['view'] }));
    const { user, system } = process.cpuUsage(startedWith);
    return { wall: performance.now() - startedAt, cpu: (user + system) / 1000 };
  },
});
