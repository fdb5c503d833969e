import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import ts from 'typescript';
import { refused } from '../../libs/jwt-policy/src/decide/decision.js';
import type { RefusalCode } from '../../libs/jwt-policy/src/errors.js';
import { rejectionFor } from '../../libs/jwt-policy/src/respond/rejection.js';
import { problemsOf, program } from '../architecture/compile.js';
import { files, walk } from '../architecture/sources.js';
import { LIBRARY_README, read, rows, snippets } from './markdown.js';

// The compiler reads all of Nest's types.
jest.setTimeout(60_000);

const MARKDOWN = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', LIBRARY_README, 'libs/jwt-policy/SECURITY.md'];

function refusalCodes(): string[] {
  const path = resolve('libs/jwt-policy/src/errors.ts');
  const compiled = program([path]);
  const alias = compiled
    .getSourceFile(path)
    ?.statements.find((node) => ts.isTypeAliasDeclaration(node) && node.name.text === 'RefusalCode');
  const type = compiled.getTypeChecker().getTypeAtLocation(alias as ts.Node) as ts.UnionType;
  return type.types.map((member) => (member as ts.StringLiteralType).value);
}

function membersOf(name: string): ts.NodeArray<ts.TypeElement> | undefined {
  let members: ts.NodeArray<ts.TypeElement> | undefined;
  for (const file of files.values()) {
    walk(file, (node) => {
      if (ts.isInterfaceDeclaration(node) && node.name.text === name) members = node.members;
    });
  }
  return members;
}

/** The options by their path, with what JSDoc says of their default. */
function options(): { path: string; defaultValue: string }[] {
  const found: { path: string; defaultValue: string }[] = [];
  const collect = (members: ts.NodeArray<ts.TypeElement>, prefix: string): void => {
    for (const member of members) {
      if (!ts.isPropertySignature(member)) continue;
      const path = prefix + member.name.getText();
      const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === 'defaultValue');
      const defaultValue = ts.getTextOfJSDocComment(tag?.comment) ?? 'required';
      const block = /^\w+Options$/.test(member.type?.getText() ?? '') && membersOf(member.type?.getText() ?? '');
      if (block) collect(block, `${path}.`);
      else found.push({ path, defaultValue: member.questionToken && !tag ? 'none' : defaultValue });
    }
  };
  collect(membersOf('JwtPolicyOptions') ?? ts.factory.createNodeArray(), '');
  return found;
}

describe('the table of error codes', () => {
  const table = rows(LIBRARY_README, 'code');

  it('has every code, and no other', () => {
    expect(table.map(([code]) => code).toSorted()).toEqual(refusalCodes().toSorted());
  });

  it.each(table)('says what %s really answers', (code, status, message, challenge, advice) => {
    const rejection = rejectionFor(refused(code as RefusalCode, '', ['view']), 'shop-api');
    expect([status, message, challenge]).toEqual([
      String(rejection.status),
      rejection.body.message,
      rejection.challenge ?? '–',
    ]);
    expect(advice).not.toBe('');
  });

  it('is where every code of the text comes from', () => {
    const known = [...refusalCodes(), 'ERR_POLICY_CONFIGURATION'];
    const named = MARKDOWN.flatMap((path) => read(path).match(/\bERR_[A-Z_]+/g) ?? []);
    expect(named.filter((code) => !known.includes(code))).toEqual([]);
  });
});

describe('the tables of options', () => {
  const table = rows(LIBRARY_README, 'option');

  it('have every option, and no other', () => {
    expect(table.map(([path]) => path).toSorted()).toEqual(
      options()
        .map(({ path }) => path)
        .toSorted(),
    );
  });

  it.each(options())('give the default of $path', ({ path, defaultValue }) => {
    const [, shown] = table.find(([name]) => name === path) ?? [];
    expect(shown?.replaceAll('`', '')).toBe(defaultValue.replaceAll('`', ''));
  });
});

describe('the snippets', () => {
  const found = ['README.md', LIBRARY_README].flatMap(snippets).filter(({ language }) => language === 'ts');

  it('are found', () => {
    expect(found.length).toBeGreaterThan(8);
  });

  it.each(found)('compile: $title', ({ text }) => {
    expect(problemsOf(text)).toEqual([]);
  });
});

describe('the environment table', () => {
  it('has the variables that the demo reads, and no other', () => {
    const path = 'apps/demo/src/config.ts';
    const names: string[] = [];
    walk(ts.createSourceFile(path, read(path), ts.ScriptTarget.ES2023, true), (node) => {
      if (ts.isPropertyAssignment(node) && /^[A-Z][A-Z_]+$/.test(node.name.getText())) names.push(node.name.getText());
    });
    expect(rows('README.md', 'variable').map(([name]) => name).toSorted()).toEqual(names.toSorted()); // prettier-ignore
  });
});

describe('the links', () => {
  const links = MARKDOWN.flatMap((path) =>
    [...read(path).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, to]) => ({ path, to })),
  ).filter(({ to }) => !/^https?:/.test(to));

  it.each(links)('of $path lead to $to', ({ path, to }) => {
    expect(existsSync(resolve(dirname(path), to))).toBe(true);
  });
});

describe('the commands', () => {
  it('that the text names are scripts', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = MARKDOWN.flatMap((path) => [...read(path).matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name]) => name));
    expect([...new Set(named)].filter((name) => !(name in scripts))).toEqual([]);
  });
});
