import { Child } from '../child.js';
import { printTable } from '../report.js';
import { inRounds } from './rounds.js';
import { spreadOf } from './spread.js';
import { shown } from './tables.js';

const ROUTES = 50;
const CONTENDERS = ['unguarded', 'ours'];

/** What the module adds to the time until an app is ready: the loading of its code is a part of it. */
export async function boot(_algorithms, { full }) {
  const [without, within] = await inRounds(CONTENDERS, full ? 25 : 9, bootOnce);
  return { without, with: within };
}

async function bootOnce(contender) {
  const child = new Child(new URL('./boot-process.js', import.meta.url));
  try {
    return await child.ask('boot', { contender, routes: ROUTES });
  } finally {
    await child.stop();
  }
}

/** Milliseconds, by round. */
export function addedTime(booted, clock) {
  return booted.with.map((time, round) => time[clock] - booted.without[round][clock]);
}

export function printBoot(booted) {
  console.log(`### Start of an app with ${ROUTES} routes, in a new process each time\n`);
  printTable(
    ['', 'ms', 'ms of CPU'],
    [
      [
        'without the module',
        ...['wall', 'cpu'].map((clock) => shown(spreadOf(booted.without.map((time) => time[clock])))),
      ],
      ['with the module', ...['wall', 'cpu'].map((clock) => shown(spreadOf(booted.with.map((time) => time[clock]))))],
      ['more, by pairs', ...['wall', 'cpu'].map((clock) => shown(spreadOf(addedTime(booted, clock))))],
    ],
  );
}
