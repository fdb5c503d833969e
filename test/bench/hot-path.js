import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ALGORITHMS, keyFor, missing } from './hot-path/algorithms.js';
import { boot, printBoot } from './hot-path/boot.js';
import { bootGoals, guardGoals, memoryGoals, requestGoals, scalingGoals } from './hot-path/goals.js';
import { guardAlone, printGuardAlone } from './hot-path/guard-alone.js';
import { installContenders } from './hot-path/install-contenders.js';
import { memory, printMemory } from './hot-path/memory.js';
import { printScaling, scaling } from './hot-path/scaling.js';
import { printWholeRequests, wholeRequests } from './hot-path/whole-requests.js';
import { setting } from './hot-path/versions.js';
import { printTable } from './report.js';

const PARTS = {
  guard: { measure: guardAlone, print: printGuardAlone, goalsOf: guardGoals },
  requests: { measure: wholeRequests, print: printWholeRequests, goalsOf: requestGoals },
  memory: { measure: memory, print: printMemory, goalsOf: memoryGoals },
  scaling: { measure: scaling, print: printScaling, goalsOf: scalingGoals },
  boot: { measure: boot, print: printBoot, goalsOf: bootGoals },
};

const VERDICTS = new Map([
  [true, 'yes'],
  [false, '**no**'],
  [null, 'too noisy to tell'],
]);

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    full: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const names = positionals.length === 0 ? Object.keys(PARTS) : positionals;
const unknown = names.find((name) => !(name in PARTS));
if (unknown !== undefined)
  throw new Error(`there is no part ${unknown}: name some of ${Object.keys(PARTS).join(', ')}`);

installContenders();
const { machine, packages } = setting();
const measured = { machine, packages, startedAt: new Date(), options, goals: [] };

console.log(`## The hot path\n\n${machine}\n`);
console.log(
  `${Object.entries(packages)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')}\n`,
);
const algorithms = ALGORITHMS.filter(isMeasured);
for (const name of names) {
  const { measure, print, goalsOf } = PARTS[name];
  measured[name] = await measure(algorithms, options);
  print(measured[name]);
  measured.goals.push(...goalsOf(measured[name]));
}
printGoals(measured.goals);
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(measured, null, 2)}\n`);

function isMeasured(alg) {
  const reason = missing(keyFor(alg));
  if (reason !== null) console.log(`${alg}: n/a, as the library has no such key yet\n`);
  return reason === null;
}

function printGoals(goals) {
  console.log('### Goals\n');
  printTable(
    ['goal', 'measured', 'met'],
    goals.map(({ goal, measured: found, met }) => [goal, found, VERDICTS.get(met)]),
  );
  if (options.check && goals.some(({ met }) => met === false)) process.exitCode = 1;
}
