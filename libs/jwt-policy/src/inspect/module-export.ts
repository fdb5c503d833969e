import type { DynamicModule, Type } from '@nestjs/common';
import { appFailure } from './app-failure.js';
import { CommandFailure } from './command.js';

/** What Nest starts. Whether it is one, Nest says. */
export type AppModule = Type<unknown> | DynamicModule;

const MODULE_METADATA = ['imports', 'controllers', 'providers', 'exports'];

type Exports = Readonly<Record<string, unknown>>;

/**
 * The module among the exports of a file: a class with `@Module()`, a dynamic module, or what a function returns.
 *
 * @throws {CommandFailure} when there is none, or more than one and none that stands out.
 */
export async function moduleAmong(namespace: object, exported: string | undefined, file: string): Promise<AppModule> {
  const exports = exportsOf({ ...namespace });
  const found = exported === undefined ? standingOut(exports, file) : exports[exported];
  const value = typeof found === 'function' && !isClass(found) ? await made(found as () => unknown) : await found;
  if (isModule(value)) return value;
  const name = exported === undefined ? 'module' : `module '${exported}'`;
  throw new CommandFailure(`${file} exports no ${name}. It exports ${listed(exports)}.`);
}

async function made(factory: () => unknown): Promise<unknown> {
  try {
    return await factory();
  } catch (error) {
    throw appFailure(error);
  }
}

/** Node shows what a CommonJS file exports as the default export, and does not always know the names in it. */
function exportsOf({ default: byDefault, ...named }: Exports): Exports {
  if (isPlain(byDefault) && !('module' in byDefault)) return { ...named, ...byDefault };
  return byDefault === undefined ? named : { ...named, default: byDefault };
}

function standingOut(exports: Exports, file: string): unknown {
  const known = exports.default ?? exports.AppModule;
  if (known !== undefined) return known;
  const modules = Object.keys(exports).filter((name) => isModuleClass(exports[name]));
  if (modules.length < 2) return exports[modules[0]];
  throw new CommandFailure(
    `${file} exports several modules, ${modules.join(', ')}: say which one, for example ${file}#${modules[0]}`,
  );
}

function isModule(value: unknown): value is AppModule {
  if (typeof value === 'function') return isClass(value);
  return typeof value === 'object' && value !== null && 'module' in value;
}

function isPlain(value: unknown): value is Exports {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function isClass(value: object): boolean {
  return isModuleClass(value) || Function.prototype.toString.call(value).startsWith('class');
}

function isModuleClass(value: unknown): boolean {
  return typeof value === 'function' && MODULE_METADATA.some((key) => Reflect.hasMetadata(key, value));
}

function listed(exports: Exports): string {
  return Object.keys(exports).join(', ') || 'nothing';
}
