import { runCommand } from './command-line.js';

const answer = process.stdout.write.bind(process.stdout);
const remark = process.stderr.write.bind(process.stderr);
// Whoever reads the answer must not find among it what an app says while it starts.
process.stdout.write = remark;

// Node would end with 1, which means something else here.
let isBroken = false;
process.on('uncaughtException', (error) => {
  isBroken = true;
  // Anything can be thrown.
  remark(`${String((error as Error | null)?.stack ?? error)}\n`);
  end(2);
});

void runCommand(process.argv.slice(2), {
  answer: (text) => answer(`${text}\n`),
  remark: (text) => remark(`${text}\n`),
}).then(end);

/** When all is written. An app may leave connections open, for which the process would wait. */
function end(status: number): void {
  answer('', () => remark('', () => process.exit(isBroken ? 2 : status)));
}
