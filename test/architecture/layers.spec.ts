import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import ts from 'typescript';
import { files, type Import, imports, walk } from './sources.js';

const STAGES = ['extract', 'verify', 'identify', 'decide', 'respond'];
/** What a stage hands to those after it. Only these files of another stage may be imported by a stage. */
const OUTPUTS = [
  'extract/carrier.ts',
  'verify/verified-token.ts',
  'identify/identity.ts',
  'identify/freshness.ts',
  'identify/revocation-store.ts',
  'decide/decision.ts',
];
/** What is kept of the tokens we make is all that others know of issuing. */
const ISSUED = 'issue/sessions/session-store.ts';
const FACE =
  /^[^/]+\.(module|controller|guard|interceptor|strategy|service|decorator|module-definition|options)\.ts$|^authenticator\.ts$/;
const NEST_SUFFIX =
  /\.(module|controller|guard|interceptor|strategy|service|decorator|filter|exception|module-definition)\.ts$/;

const own = imports.filter((one) => one.own);
const folderOf = (path: string): string => (path.includes('/') ? path.slice(0, path.indexOf('/')) : '');
const packageOf = (to: string): string =>
  to
    .split('/')
    .slice(0, to.startsWith('@') ? 2 : 1)
    .join('/');
const shown = ({ from, to }: Import): string => `${from} -> ${to}`;
const shownAll = (found: readonly Import[]): string[] => found.map(shown);

/** What hands tokens out, on no way of a request, knows what the stages know: how tokens are made, how they travel. */
const HANDING_OUT = ['issue', 'cookies'];

/** Doors of their own, for those who need them: they may use everything, and nobody inside uses them. */
const EDGES = ['redis', 'testing', 'postgres', 'inspect'];

/** edges, then faces, then contexts, then stages, then supplies: a file imports from its own rank or a later one. */
function rankOf(path: string): number {
  if (path === 'index.ts' || FACE.test(path)) return 0;
  const folder = folderOf(path);
  if (EDGES.includes(folder)) return -1;
  if (folder === 'contexts') return 1;
  if (STAGES.includes(folder) || HANDING_OUT.includes(folder)) return 2;
  return 3;
}

/** What a stage may import of another. */
const allowed = ({ from, to }: Import): boolean =>
  OUTPUTS.includes(to) && STAGES.indexOf(folderOf(to)) < STAGES.indexOf(folderOf(from));

function cycleIn(edges: ReadonlyMap<string, readonly string[]>): string[] | null {
  const done = new Set<string>();
  const visit = (node: string, path: readonly string[]): string[] | null => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return null;
    for (const next of edges.get(node) ?? []) {
      const cycle = visit(next, [...path, node]);
      if (cycle) return cycle;
    }
    done.add(node);
    return null;
  };
  for (const node of edges.keys()) {
    const cycle = visit(node, []);
    if (cycle) return cycle;
  }
  return null;
}

describe('the tree of the library', () => {
  it('has a file behind every import', () => {
    expect(files.size).toBeGreaterThan(30);
    expect(shownAll(own.filter(({ to }) => !files.has(to)))).toEqual([]);
  });

  it('has no room whose name says nothing', () => {
    const names = [...files.keys()].flatMap((path) => path.split('/').slice(0, -1));
    expect(names.filter((name) => /^(utils?|helpers?|common|shared|misc)$/i.test(name))).toEqual([]);
  });

  it('opens exactly the doors that the package exports', () => {
    const { exports = {} } = JSON.parse(readFileSync('libs/jwt-policy/package.json', 'utf8')) as { exports?: object };
    const exported = Object.keys(exports).filter((door) => door !== './package.json');
    const doors = [...files.keys()]
      .filter((path) => posix.basename(path) === 'index.ts')
      .map((path) => (path === 'index.ts' ? '.' : `./${posix.dirname(path)}`));
    expect(doors.toSorted()).toEqual(exported.toSorted());
  });

  it('lists names at its doors instead of exporting whatever there is', () => {
    const stars = [...files]
      .filter(([path]) => posix.basename(path) === 'index.ts')
      .flatMap(([path, file]) =>
        file.statements
          .filter(
            (node) => ts.isExportDeclaration(node) && (!node.exportClause || ts.isNamespaceExport(node.exportClause)),
          )
          .map((node) => `${path}: ${node.getText()}`),
      );
    expect(stars).toEqual([]);
  });
});

describe('the imports of the library', () => {
  it('never go through a door from inside', () => {
    const through = imports.filter(({ to }) => posix.basename(to) === 'index.ts' || to.startsWith('nestjs-jwt-policy'));
    expect(shownAll(through)).toEqual([]);
  });

  it('run from edges to faces to contexts to stages to supplies', () => {
    const upward = own.filter(({ from, to, typeOnly }) => !typeOnly && rankOf(to) < rankOf(from));
    expect(shownAll(upward)).toEqual([]);
  });

  it('tell a supply no more of a stage than the type of what it hands on', () => {
    const upward = own.filter(({ from, to, typeOnly }) => typeOnly && rankOf(from) === 3 && rankOf(to) < 3);
    expect(shownAll(upward.filter(({ to }) => ![...OUTPUTS, ISSUED].includes(to)))).toEqual([]);
  });

  it('let a stage know only what the stages before it hand on', () => {
    const between = own.filter(
      ({ from, to }) =>
        STAGES.includes(folderOf(from)) && STAGES.includes(folderOf(to)) && folderOf(from) !== folderOf(to),
    );
    expect(shownAll(between.filter((one) => !allowed(one)))).toEqual([]);
  });

  it('keep issuing out of the stages', () => {
    const found = own.filter(
      ({ from, to }) => HANDING_OUT.includes(folderOf(to)) && rankOf(from) > 0 && folderOf(from) !== folderOf(to),
    );
    expect(shownAll(found.filter(({ from, to }) => to !== ISSUED || folderOf(from) !== 'stores'))).toEqual([]);
  });

  it('go round in no circle', () => {
    const edges = new Map<string, string[]>();
    for (const { from, to, typeOnly } of own) {
      if (!typeOnly) edges.set(from, [...(edges.get(from) ?? []), to]);
    }
    expect(cycleIn(edges)).toBeNull();
    expect(cycleIn(new Map([['a', ['b']], ['b', ['c']], ['c', ['b']]]))).toEqual(['b', 'c', 'b']); // prettier-ignore
  });

  it('bring Nest only into faces, contexts and files with a Nest suffix', () => {
    const found = imports.filter(
      ({ from, to }) =>
        to.startsWith('@nestjs/') && !NEST_SUFFIX.test(from) && !['contexts', ...EDGES].includes(folderOf(from)),
    );
    expect(shownAll(found.filter(({ to }) => to !== '@nestjs/jwt'))).toEqual([]);
  });

  it.each([
    ['@nestjs/jwt', 'keys/jws.ts'],
    ['@nestjs/passport', 'jwt.strategy.ts'],
    ['passport', 'jwt.strategy.ts'],
    ['passport-jwt', 'jwt.strategy.ts'],
    ['@date-fns/tz', 'issue/lifetime.ts'],
    ['jose', 'keys/remote/jwks-fetch.ts'],
    ['rxjs', 'cookie-renewal.interceptor.ts'],
  ])('give %s one owner', (name, owner) => {
    const importers = imports.filter(({ to }) => to === name || to.startsWith(`${name}/`)).map(({ from }) => from);
    expect([...new Set(importers)]).toEqual([owner]);
  });

  it('name no package that the package does not declare', () => {
    const { dependencies, peerDependencies } = JSON.parse(
      readFileSync('libs/jwt-policy/package.json', 'utf8'),
    ) as Record<string, object>;
    const declared = Object.keys({ ...dependencies, ...peerDependencies });
    const names = imports.filter((one) => !one.own && !one.to.startsWith('node:'));
    expect(shownAll(names.filter(({ to }) => !declared.includes(packageOf(to))))).toEqual([]);
  });
});

describe('the code of the library', () => {
  it('swallows no error without saying why', () => {
    const found: string[] = [];
    for (const [path, file] of files) {
      walk(file, (node) => {
        if (!ts.isCatchClause(node) || node.block.statements.length > 0) return;
        if (!/\/[/*]\s*\w/.test(node.block.getText())) found.push(path);
      });
    }
    expect(found).toEqual([]);
  });

  it('chooses a status in one file', () => {
    const found: string[] = [];
    for (const [path, file] of files) {
      walk(file, (node) => {
        const status = ts.isNumericLiteral(node) && ['400', '401', '403', '503'].includes(node.text);
        const name =
          ts.isIdentifier(node) &&
          /^(HttpStatus|UnauthorizedException|ForbiddenException|BadRequestException|ServiceUnavailableException)$/.test(
            node.text,
          );
        if (status || name) found.push(path);
      });
    }
    expect([...new Set(found)]).toEqual(['respond/rejection.ts']);
  });
});
