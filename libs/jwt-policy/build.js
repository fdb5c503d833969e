import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const tsc = join(createRequire(import.meta.url).resolve('typescript/package.json'), '../bin/tsc');

process.chdir(import.meta.dirname);
rmSync('dist', { recursive: true, force: true });
build('tsconfig.lib.json', 'esm', 'module');
build('tsconfig.cjs.json', 'cjs', 'commonjs');

function build(config, folder, type) {
  execFileSync(process.execPath, [tsc, '-p', config], { stdio: 'inherit' });
  writeFileSync(`dist/${folder}/package.json`, `${JSON.stringify({ type })}\n`);
}
