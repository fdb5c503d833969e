import ts from 'typescript';
import { LIBRARY_README, snippets } from './markdown.js';

/** The snippet of the library's README in which all of these stand. */
export function snippetWith(...parts: string[]): string | undefined {
  return snippets(LIBRARY_README).find(({ text }) => parts.every((part) => text.includes(part)))?.text;
}

/** What a snippet exports, with the modules that Jest would give it, and with what it leaves to its reader. */
export function run(snippet: string | undefined, given: Record<string, unknown> = {}): Record<string, unknown> {
  const { outputText } = ts.transpileModule(snippet ?? '', {
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      esModuleInterop: true,
    },
  });
  const exported: Record<string, unknown> = {};
  const names = ['require', 'exports', ...Object.keys(given)];
  // oxlint-disable-next-line typescript/no-implied-eval, no-new-func -- the text is our own README
  const body = new Function(...names, outputText) as (...values: unknown[]) => void;
  body((name: string): unknown => jest.requireActual(name), exported, ...Object.values(given));
  return exported;
}
