import type { Algorithm } from '../keys/algorithms.js';
import type { NewKey } from './new-key.js';

/** What is to be said about a new key. */
export interface KeyUse {
  readonly key: NewKey;
  readonly alg: Algorithm;
  readonly kid?: string;
  /** The URL of the file that it is in, if it was written into one. */
  readonly file?: URL;
  /** The environment variable that holds its passphrase. */
  readonly passphraseEnv?: string;
}

/** How to use a new key, for people. Shows nothing of it but its public half. */
export function keyUse(use: KeyUse): string {
  return use.key.publicText === undefined ? secretUse(use) : pairUse(use, use.key.publicText);
}

function secretUse({ alg, kid, file }: KeyUse): string {
  const secret = file === undefined ? 'process.env.JWT_SECRET' : urlOf(file);
  return `Whoever has this secret can make tokens: keep it out of the source. One for each environment, and none for others.

  import { secretKey } from 'nestjs-jwt-policy';

  keys: secretKey(${secret}, ${literal({ alg, kid })})`;
}

function pairUse({ key, alg, kid, file, passphraseEnv }: KeyUse, publicText: string): string {
  const privateKey = file === undefined ? "new URL('file:///path/to/key.pem')" : urlOf(file);
  const passphrase = passphraseEnv === undefined ? '' : `, passphrase: process.env.${passphraseEnv}`;
  const named = literal({ alg, kid }).slice('{ '.length);
  return `Whoever has the private key can make tokens: keep it out of the source, and with those who issue.

  import { keyPair } from 'nestjs-jwt-policy';

  keys: keyPair({ privateKey: ${privateKey}${passphrase}, ${named})

Tokens call it ${kid === undefined ? `${key.thumbprint} (RFC 7638)` : quoted(kid)}. Those who only verify get the public half:

  import { publicKey } from 'nestjs-jwt-policy';

  keys: publicKey({ key: process.env.JWT_PUBLIC_KEY, ${named})

${publicText.trimEnd()}`;
}

function urlOf(file: URL): string {
  return `new URL(${quoted(file.href)})`;
}

function literal(members: Record<string, string | undefined>): string {
  const given = Object.entries(members).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${quoted(value)}`],
  );
  return `{ ${given.join(', ')} }`;
}

function quoted(text: string): string {
  return `'${JSON.stringify(text)
    .slice(1, -1)
    .replaceAll(String.raw`\"`, '"')
    .replaceAll("'", String.raw`\'`)}'`;
}
