import { resolve } from 'node:path';
import ts from 'typescript';

const config = ts.getParsedCommandLineOfConfigFile(
  'tsconfig.json',
  { noEmit: true, noUnusedLocals: false, noUnusedParameters: false, declaration: false, sourceMap: false },
  {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (problem) => {
      throw new Error(ts.flattenDiagnosticMessageText(problem.messageText, '\n'));
    },
  },
);
if (!config) throw new Error('tsconfig.json cannot be read');
const compilerOptions: ts.CompilerOptions = config.options;

// What does not change between programs is parsed once.
const parsed = new Map<string, ts.SourceFile>();
let latest: ts.Program | undefined;

/** A program of real files and of texts that stand in for files. */
export function program(roots: readonly string[], texts: ReadonlyMap<string, string> = new Map()): ts.Program {
  const host = ts.createCompilerHost(compilerOptions, true);
  const read = host.getSourceFile.bind(host);
  host.fileExists = (name) => texts.has(name) || ts.sys.fileExists(name);
  host.readFile = (name) => texts.get(name) ?? ts.sys.readFile(name);
  host.getSourceFile = (name, options, ...rest) => {
    if (texts.has(name)) return read(name, options, ...rest);
    const file = parsed.get(name) ?? read(name, options, ...rest);
    if (file) parsed.set(name, file);
    return file;
  };
  latest = ts.createProgram([...roots, ...texts.keys()], compilerOptions, host, latest);
  return latest;
}

/** What the compiler says about modules that an app might contain, one list for each. Empty when it compiles. */
export function problemsOfEach(modules: readonly string[]): string[][] {
  const texts = new Map(
    modules.map((text, index) => [resolve(`test/architecture/somebodys-module-${index}.ts`), `${text}\nexport {};\n`]),
  );
  const compiled = program([], texts);
  return [...texts.keys()].map((name) => {
    const file = compiled.getSourceFile(name);
    return [...compiled.getSyntacticDiagnostics(file), ...compiled.getSemanticDiagnostics(file)].map(
      ({ code, messageText }) => `TS${code}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    );
  });
}

export function problemsOf(text: string): string[] {
  return problemsOfEach([text])[0];
}
