import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const BENCHES = ['revocations', 'instances', 'freshness', 'hot-path'];

const [name, ...options] = process.argv.slice(2);
if (name !== undefined && !BENCHES.includes(name)) {
  console.error(`There is no bench ${name}: name one of ${BENCHES.join(', ')}, or none to run them all.`);
  process.exit(1);
}
for (const bench of name === undefined ? BENCHES : [name]) {
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, `${bench}.js`), ...options], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}
