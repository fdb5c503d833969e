import { createRequire } from 'node:module';
import { ALGORITHMS } from '../keys/algorithms.js';
import { type Command, CommandFailure, type Print, UsageError } from './command.js';

interface Entry {
  readonly name: string;
  readonly about: string;
  readonly usage: string;
  /** Not before it is asked for: a key is made without loading Nest. */
  readonly load: () => Promise<Command>;
}

const TOOL = 'nestjs-jwt-policy';

const NAMES = Object.keys(ALGORITHMS);
const HALF = Math.ceil(NAMES.length / 2);
const ALGORITHM_LINES = [NAMES.slice(0, HALF), NAMES.slice(HALF)]
  .map((names) => names.join(', '))
  .join(`,\n${' '.repeat(21)}`);

const MODULE = `a built file that exports the module of the app, or a function that returns it;
                     file.js#Name takes the export of that name. Without a name it is the default export, or else
                     AppModule, or else the only module there is; without a file, app.module.js is looked for in dist`;

const COMMANDS: readonly Entry[] = [
  {
    name: 'keys new',
    about: 'makes a key that the library accepts, and says how to use it',
    usage: `${TOOL} keys new --alg <name> [--kid <name>] [--out <file>] [--passphrase-env <variable>]

  --alg <name>       ${ALGORITHM_LINES}
  --kid <name>       what tokens call the key; without it, a pair has its thumbprint (RFC 7638)
  --out <file>       a new file that only you can read; without it, the key goes to the standard output, and the rest
                     to the standard error
  --passphrase-env <variable>
                     encrypts a private key with what this environment variable holds`,
    load: async () => (await import('./keys-new.js')).keysNew,
  },
  {
    name: 'token',
    about: 'makes a token for development, as your app would at login',
    usage: `${TOOL} token --for <subject> [--permissions <name,name>] [--name <name>]
                                [--lifetime <duration>] [--module <file>]

  --for <subject>    whom it is for (\`sub\`)
  --permissions <name,name>
                     what they may do, if that is read from the token; can be repeated
  --name <name>      what they are called (\`user_name\`)
  --lifetime <duration>
                     such as 15m, 12h or 7d; without it, issue.lifetime of the app
  --module <file>    ${MODULE}

The app is started without listening, asked for the token, and closed. Not with NODE_ENV=production.`,
    load: async () => (await import('./token.js')).token,
  },
  {
    name: 'doctor',
    about: 'says what is weak in the security policy of your app',
    usage: `${TOOL} doctor [<module>] [--strict] [--json]

  <module>           ${MODULE}
  --strict           advice counts as weak
  --json             prints the findings as JSON

The app is started without listening, examined, and closed. Ends with 0 when nothing is weak, with 1 when something is,
and with 2 when it cannot be told.`,
    load: async () => (await import('./doctor.js')).doctor,
  },
];

const USAGE = `${TOOL} <command>

${COMMANDS.map(({ name, about }) => `  ${name.padEnd(10)} ${about}`).join('\n')}

  --help             after a command: its flags
  --version`;

/** @returns the exit status. 2 when the command is not written as its usage says, or fails. */
export async function runCommand(args: readonly string[], print: Print): Promise<number> {
  const entry = COMMANDS.find(({ name }) => name.split(' ').every((word, i) => args[i] === word));
  const usage = `Usage: ${entry?.usage ?? USAGE}`;
  if (args.includes('--help') || args.includes('-h')) {
    print.answer(usage);
    return 0;
  }
  try {
    if (!entry) return withoutCommand(args, print);
    const command = await entry.load();
    return await command(args.slice(entry.name.split(' ').length), print);
  } catch (error) {
    print.remark(explained(error, usage));
    return 2;
  }
}

function withoutCommand(args: readonly string[], print: Print): number {
  if (args.length === 0) throw new UsageError('What shall be done?');
  if (args.length > 1 || args[0] !== '--version') throw new UsageError(`'${args.join(' ')}' is no command.`);
  const { version } = createRequire(import.meta.url)(`${TOOL}/package.json`) as { version: string };
  print.answer(version);
  return 0;
}

/** What someone can mend is said in a line; anything else is a bug and shown whole. */
function explained(error: unknown, usage: string): string {
  if (error instanceof UsageError) return `${error.message}\n\n${usage}`;
  if (error instanceof CommandFailure) return error.message;
  return error instanceof Error ? String(error.stack) : String(error);
}
