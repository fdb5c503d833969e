import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { machine } from '../report.js';

const PACKAGES = [
  'nestjs-jwt-policy',
  '@nestjs/jwt',
  '@nestjs/passport',
  'passport-jwt',
  'jsonwebtoken',
  '@nestjs/platform-express',
  '@nestjs/platform-fastify',
  'fastify',
  '@fastify/jwt',
  'fast-jwt',
  'nest-casl',
  '@casl/ability',
];

const require = createRequire(import.meta.url);

/** What the figures depend on. */
export function setting() {
  const packages = Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)]));
  return { machine: `${cpus()[0].model}, ${machine}`, packages };
}

/** Not every package lets its package.json be asked for. */
function versionOf(name) {
  for (const folder of require.resolve.paths(name)) {
    try {
      return require(`${folder}/${name}/package.json`).version;
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  throw new Error(`${name} is not installed`);
}
