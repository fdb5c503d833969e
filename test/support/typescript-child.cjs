/* oxlint-disable no-underscore-dangle -- Node has no other names for these hooks */
// Lets a bare Node process load the TypeScript of this repository, for claims about the process itself.
const { readFileSync } = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const { fileURLToPath } = require('node:url');
const { transformSync } = require('@swc/core');

Module._extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    filename,
    swcrc: false,
    module: { type: 'commonjs' },
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
      keepClassNames: true,
    },
  });
  module._compile(code, filename);
};

const source = path.join(__dirname, '../../libs/jwt-policy/src');
const resolve = Module._resolveFilename;
Module._resolveFilename = function resolveTypeScript(request, parent, ...rest) {
  return resolve.call(this, found(request, parent), parent, ...rest);
};

/** As `paths` of tsconfig.json has it, and as an `import()` does, which is a `require()` here. */
function found(request, parent) {
  if (request.startsWith('file:')) return fileURLToPath(request);
  const [, door] = /^nestjs-jwt-policy(?:\/(\w+))?$/.exec(request) ?? [];
  if (request === 'nestjs-jwt-policy' || door) return path.join(source, door ?? '', 'index.ts');
  const isOurs = parent?.filename?.endsWith('.ts') && /^\.{1,2}\/.*\.js$/.test(request);
  return isOurs ? request.replace(/\.js$/, '.ts') : request;
}
