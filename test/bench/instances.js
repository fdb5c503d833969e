import { parseArgs } from 'node:util';
import { TAKING_BACK } from './instances/taking-back.js';
import { withTwoInstances } from './instances/two-instances.js';
import { withRedis } from './redis-server.js';
import { machine, printTable, verdict } from './report.js';
import { percentile } from './statistics.js';

const MOST_MILLISECONDS = 50;
const WARM_UP = 100;

const { values } = parseArgs({ options: { times: { type: 'string', default: '400' } } });
const times = Number(values.times);

console.log(`## From one instance to another, ${times} times each\n\n${machine}\n`);
await withRedis('all of it', (address) => withTwoInstances(address, measure));

async function measure(instances) {
  const rows = [];
  for (const [name, takeBack] of Object.entries(TAKING_BACK)) {
    for (let number = 0; number < WARM_UP; number += 1) await takeBack(instances, `warm-up-${number}`);
    const delays = [];
    for (let number = 0; number < times; number += 1) delays.push(await takeBack(instances, `${name}-${number}`));
    const letIn = delays.filter((delay) => delay.letIn > 0).length;
    rows.push([name, 'the request', ...figures(delays.map(({ sinceRequest }) => sinceRequest)), '']);
    rows.push([name, 'the answer', ...figures(delays.map(({ sinceAnswer }) => sinceAnswer)), `${letIn} of ${times}`]);
  }
  const goal = `goal: p99 < ${MOST_MILLISECONDS} ms`;
  printTable(['until refused', 'since', 'p50', 'p90', 'p99', 'most', goal, 'still let in'], rows);
}

function figures(delays) {
  const [p50, p90, p99, most] = [50, 90, 99, 100].map((percent) => percentile(delays, percent));
  const shown = [p50, p90, p99, most].map((milliseconds) => `${milliseconds.toFixed(2)} ms`);
  return [...shown, verdict(p99 < MOST_MILLISECONDS)];
}
