import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** Builds and packs the library as `npm publish` would. */
export function packInto(folder) {
  execFileSync('npm', ['pack', '--silent', '-w', 'nestjs-jwt-policy', '--pack-destination', folder], {
    cwd: root,
    stdio: ['ignore', 2, 'inherit'],
    timeout: 120_000,
  });
  return join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.tgz')),
  );
}

const [, main, folder] = process.argv;
if (main === import.meta.filename) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  renameSync(packInto(resolve(folder)), join(folder, 'package.tgz'));
}
