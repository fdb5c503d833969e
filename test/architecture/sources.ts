import { readdirSync, readFileSync } from 'node:fs';
import { posix, relative, resolve, sep } from 'node:path';
import ts from 'typescript';

const SOURCE = resolve('libs/jwt-policy/src');

export interface Import {
  readonly from: string;
  /** A path below `src` for a file of ours, else the name of a package. */
  readonly to: string;
  readonly own: boolean;
  readonly typeOnly: boolean;
}

/** The files of the library by their path below `src`, parsed. */
export const files: ReadonlyMap<string, ts.SourceFile> = new Map(
  readdirSync(SOURCE, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => resolve(entry.parentPath, entry.name))
    .map((path) => [
      relative(SOURCE, path).split(sep).join('/'),
      ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2023, true),
    ]),
);

export const imports: readonly Import[] = [...files].flatMap(([from, file]) => importsOf(from, file));

function importsOf(from: string, file: ts.SourceFile): Import[] {
  const found: Import[] = [];
  walk(file, (node) => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
      found.push(importOf(from, node.moduleSpecifier as ts.StringLiteral, isTypeOnly(node)));
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      // What is not written there is a file of the app.
      if (ts.isStringLiteral(node.arguments[0])) found.push(importOf(from, node.arguments[0], false));
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      found.push(importOf(from, node.argument.literal as ts.StringLiteral, true));
    }
  });
  return found;
}

export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => {
    walk(child, visit);
  });
}

function importOf(from: string, { text }: ts.StringLiteral, typeOnly: boolean): Import {
  const own = text.startsWith('.');
  const to = own ? posix.join(posix.dirname(from), text).replace(/\.js$/, '.ts') : text;
  return { from, to, own, typeOnly };
}

function isTypeOnly(node: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  const clause = node.importClause;
  if (!clause) return false;
  if (clause.isTypeOnly) return true;
  const names = clause.namedBindings;
  return !clause.name && !!names && ts.isNamedImports(names) && names.elements.every((element) => element.isTypeOnly);
}
