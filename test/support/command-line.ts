import { execFile } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
/** What to hand to `node -e`, with `--` and the arguments after it. */
export const script = `
  require('${join(root, 'test/support/typescript-child.cjs')}');
  process.argv.splice(1, 0, 'nestjs-jwt-policy');
  require('${join(root, 'libs/jwt-policy/src/inspect/cli.ts')}');
`;

export interface Ended {
  readonly status: number;
  readonly answer: string;
  readonly remarks: string;
}

/** Runs the tool of the package from its sources, as a process of its own, with this environment and no other. */
export function commandLine(
  args: readonly string[],
  { env = {}, cwd = root }: { env?: Record<string, string>; cwd?: string } = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd, env: { PATH: String(process.env.PATH), ...env }, timeout: 60_000 };
    execFile(process.execPath, ['-e', script, '--', ...args], options, (error, answer, remarks) => {
      resolve({ status: error === null ? 0 : Number(error.code ?? -1), answer, remarks });
    });
  });
}
