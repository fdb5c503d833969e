import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { appFailure } from './app-failure.js';
import { CommandFailure } from './command.js';
import { type AppModule, moduleAmong } from './module-export.js';

/**
 * The module of an app, ready to be started.
 *
 * @param named `file.js` or `file.js#Export`; without it, the file is looked for where a build leaves it.
 * @throws {CommandFailure} when there is none.
 */
export async function loadAppModule(named: string | undefined): Promise<AppModule> {
  const { file, exported } = named === undefined ? { file: builtModule() } : parts(named);
  const url = pathToFileURL(file).href;
  let exports: object;
  try {
    exports = (await import(url)) as object;
  } catch (error) {
    throw isForeign(error)
      ? new CommandFailure(`${file} cannot be read by Node: build the app first, and name the file that was built.`)
      : appFailure(error);
  }
  return moduleAmong(exports, exported, file);
}

function parts(named: string): { file: string; exported?: string } {
  const [, path, exported] = /^(.+?)(?:#([^#/\\]+))?$/s.exec(named) ?? ['', named];
  const file = resolve(path);
  if (existsSync(file)) return { file, exported };
  throw new CommandFailure(`There is no file ${file}: build the app first.`);
}

function builtModule(): string {
  const places = [...new Set(['dist', join('dist', 'src'), ...placesOfWorkspace()])];
  const files = places.map((place) => join(place, 'app.module.js'));
  const built = files.find((file) => existsSync(file));
  if (built !== undefined) return resolve(built);
  throw new CommandFailure(
    `There is no built app here. Looked for ${files.join(', ')}. Build the app first, or name the file of its module.`,
  );
}

/** Where the Nest CLI puts the main app of a workspace, with one of its own builders and another. */
function placesOfWorkspace(): string[] {
  if (!existsSync('nest-cli.json')) return [];
  const { root, sourceRoot } = workspace();
  if (typeof root !== 'string') return [];
  const place = join('dist', root);
  return typeof sourceRoot === 'string' ? [place, join(place, sourceRoot)] : [place];
}

function workspace(): { root?: unknown; sourceRoot?: unknown } {
  try {
    return { ...(JSON.parse(readFileSync('nest-cli.json', 'utf8')) as object) };
  } catch (error) {
    throw new CommandFailure('nest-cli.json is no JSON.', { cause: error });
  }
}

function isForeign(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_UNKNOWN_FILE_EXTENSION';
}
