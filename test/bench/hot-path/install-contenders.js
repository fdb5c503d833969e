import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const FOLDER = import.meta.dirname;

/** The packages that only this bench compares with are installed when it needs them. Nest is that of the root. */
export function installContenders() {
  const { dependencies } = JSON.parse(readFileSync(`${FOLDER}/package.json`, 'utf8'));
  if (Object.entries(dependencies).every(isInstalled)) return;
  const { status } = spawnSync(
    'npm',
    ['ci', '--prefix', FOLDER, '--legacy-peer-deps', '--no-audit', '--no-fund', '--loglevel', 'error'],
    { cwd: FOLDER, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  if (status !== 0) throw new Error('the contenders could not be installed');
}

function isInstalled([name, version]) {
  const file = `${FOLDER}/node_modules/${name}/package.json`;
  return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).version === version;
}
