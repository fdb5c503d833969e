import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isIdentifier } from '../identifier.js';
import { type Algorithm, ALGORITHMS, isAlgorithm } from '../keys/algorithms.js';
import { argumentsOf, notEmpty, required } from './arguments.js';
import { CommandFailure, type Print, UsageError } from './command.js';
import { keyUse } from './key-use.js';
import { newKey } from './new-key.js';

const FLAGS = {
  alg: { type: 'string' },
  kid: { type: 'string' },
  out: { type: 'string' },
  'passphrase-env': { type: 'string' },
} as const;

/** Makes a key that `keyPair()` or `secretKey()` accepts. */
export async function keysNew(args: readonly string[], print: Print): Promise<number> {
  const { values } = argumentsOf(args, FLAGS);
  const alg = algorithmOf(required(values.alg, '--alg'));
  const kid = kidOf(values.kid);
  const out = notEmpty(values.out, '--out');
  const passphraseEnv = notEmpty(values['passphrase-env'], '--passphrase-env');
  const key = newKey(alg, passphraseEnv === undefined ? undefined : passphraseOf(passphraseEnv, alg));
  if (out === undefined) {
    print.answer(key.text.trimEnd());
    print.remark(keyUse({ key, alg, kid, passphraseEnv }));
  } else {
    const path = resolve(out);
    writeNew(path, key.text);
    print.answer(`${path} holds the key, and only you can read it.\n`);
    print.answer(keyUse({ key, alg, kid, passphraseEnv, file: pathToFileURL(path) }));
  }
  return 0;
}

function algorithmOf(name: string): Algorithm {
  if (isAlgorithm(name)) return name;
  throw new UsageError(`--alg '${name}' is unknown: use one of ${Object.keys(ALGORITHMS).join(', ')}.`);
}

function kidOf(kid: string | undefined): string | undefined {
  if (kid === undefined || isIdentifier(kid)) return kid;
  throw new UsageError('--kid is not a text of 1 to 256 characters.');
}

/** Never an argument: everybody on the machine can read those. */
function passphraseOf(variable: string, alg: Algorithm): string {
  if (ALGORITHMS[alg].kty === 'oct') {
    throw new UsageError(
      `--passphrase-env is for private keys; the secret of ${alg} is a text that cannot be encrypted.`,
    );
  }
  if (!/^[A-Za-z_]\w*$/.test(variable)) {
    throw new UsageError('--passphrase-env is the name of an environment variable, not the passphrase.');
  }
  const passphrase = process.env[variable];
  if (passphrase) return passphrase;
  throw new CommandFailure(`--passphrase-env: the environment variable ${variable} is not set, or empty.`);
}

function writeNew(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const problem = code === 'EEXIST' ? 'is there already, and is not overwritten' : `cannot be written (${code})`;
    throw new CommandFailure(`--out: ${path} ${problem}.`, { cause: error });
  }
}
