import { runCommand } from '../../../libs/jwt-policy/src/inspect/command-line.js';

async function run(args: readonly string[]): Promise<{ status: number; answer: string; remarks: string }> {
  let answer = '';
  let remarks = '';
  const print = {
    answer: (text: string) => {
      answer += text;
    },
    remark: (text: string) => {
      remarks += text;
    },
  };
  return { status: await runCommand(args, print), answer, remarks };
}

describe('the command line', () => {
  it.each<[string[], RegExp]>([
    [[], /^What shall be done\?/],
    [['keys'], /^'keys' is no command/],
    [['make', 'coffee'], /^'make coffee' is no command/],
    [['--version', 'all'], /is no command/],
    [['keys', 'new'], /^--alg is missing/],
    [['keys', 'new', '--alg'], /'--alg <value>' argument missing/],
    [['keys', 'new', '--alg', 'none'], /^--alg 'none' is unknown: use one of HS256, .*EdDSA/],
    [['keys', 'new', '--alg', 'toString'], /^--alg 'toString' is unknown/],
    [['keys', 'new', '--alg', 'ES256', '--alg', 'HS256'], /^--alg is given twice/],
    [['keys', 'new', '--alg', 'ES256', 'more'], /^'more' is too much/],
    [['keys', 'new', '--alg', 'ES256', '--kid', ''], /^--kid is not a text/],
    [['keys', 'new', '--alg', 'ES256', '--kid', 'x'.repeat(257)], /^--kid is not a text/],
    [['keys', 'new', '--alg', 'ES256', '--out', ''], /^--out is empty/],
    [['keys', 'new', '--alg', 'ES256', '--bits', '2048'], /^Unknown option '--bits'/],
    [['keys', 'new', '--alg', 'ES256', '--passphrase-env', ''], /^--passphrase-env is empty/],
    [['keys', 'new', '--alg', 'ES256', '--passphrase-env', 'my passphrase'], /^--passphrase-env is the name/],
    [['keys', 'new', '--alg', 'HS256', '--passphrase-env', 'PHRASE'], /^--passphrase-env is for private keys/],
    [['token'], /^--for is missing/],
    [['token', '--for', ''], /^--for is empty/],
    [['token', '--for', 'x'.repeat(257)], /^--for is not a text/],
    [['token', '--for', 'joe', '--for', 'ann'], /^--for is given twice/],
    [['token', '--for', 'joe', '--permissions', 'view,,edit'], /^--permissions has an empty name/],
    [['token', '--for', 'joe', '--name', ''], /^--name is empty/],
    [['token', '--for', 'joe', '--lifetime', '3600'], /^--lifetime needs a duration with a unit/],
    [['token', '--for', 'joe', '--lifetime', '20y'], /^--lifetime needs a duration/],
    [['token', '--for', 'joe', '--module', ''], /^--module is empty/],
    [['token', '--for', 'joe', '--secret', 'x'], /^Unknown option '--secret'/],
    [['doctor', 'dist/app.module.js', 'dist/app.module.js'], /is too much/],
    [['doctor', ''], /^<module> is empty/],
    [['doctor', 'dist/app.module.js', '--json=yes'], /'--json' does not take an argument/],
    [['doctor', 'dist/app.module.js', '--fix'], /^Unknown option '--fix'/],
  ])('refuses %j, says why, and how it is used', async (args, why) => {
    const { status, answer, remarks } = await run(args);
    expect([status, answer]).toEqual([2, '']);
    expect(remarks).toMatch(why);
    expect(remarks).toMatch(/\n\nUsage: nestjs-jwt-policy /);
  });
});
