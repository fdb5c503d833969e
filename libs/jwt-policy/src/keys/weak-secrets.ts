import { createPublicKey } from 'node:crypto';

/** Secrets that stand in documentation, tutorials and question-and-answer pages. Compared without case and punctuation. */
const EXAMPLES = [
  'secret',
  'changeme',
  'changethis',
  'changethissecret',
  'password',
  'mysecret',
  'mysecretkey',
  'secretkey',
  'supersecret',
  'supersecretkey',
  'topsecret',
  'jwtsecret',
  'jwtsecretkey',
  'myjwtsecret',
  'myjwtsecret100',
  'yoursecret',
  'yoursecretkey',
  'yourjwtsecret',
  'your256bitsecret',
  'your384bitsecret',
  'your512bitsecret',
  'astringsecretatleast256bitslong',
  'avalidstringsecretthatisatleast384bitslong',
  'avalidstringsecretthatisatleast512bitslongwhichisverylongandgoodforhs512',
  'avalidstringsecretthatisatleast512bitslongwhichisverylong',
  'donotusethisvalueinsteadcreateacomplexsecretandkeepitsafeoutsideofthesourcecode',
  'shhhhh',
  'keyboardcat',
  'iloveyou',
  'qwerty',
  'test',
  'example',
];

const KEY_TEXT =
  /---- ?BEGIN [A-Z0-9 ]+ ?----|\b(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-[a-z0-9-]+|sk-[a-z0-9-]+@openssh\.com)\s+AAAA|\\*"kty\\*"\s*:|\\*"keys\\*"\s*:\s*\[/i;

/** @returns what makes a secret worthless, or `null` for a secret of which nothing bad is known. */
export function weaknessOf(secret: Buffer, minBytes: number): string | null {
  // A public key is public: whoever reads it could sign (RFC 8725, section 3.5).
  if (isKey(secret) || isKey(Buffer.from(secret.toString('latin1'), 'base64'))) {
    return 'holds a key in PEM, JWK, DER or ssh form, which is not a shared secret';
  }
  const text = secret.toString('latin1');
  const unit = text.slice(0, shortestPeriod(secret));
  if (isExample(text) || isExample(unit)) return 'is an example that everybody knows';
  if (secret.length < minBytes)
    return `has ${secret.length} bytes where ${minBytes} are the least (RFC 7518, section 3.2)`;
  // A repeated text is as hard to guess as one of its repetitions.
  if (unit.length < minBytes) return `repeats itself after ${unit.length} bytes`;
  return null;
}

/** In any spelling that a copied key is found in: text, also of two bytes a character, or DER. */
function isKey(bytes: Buffer): boolean {
  return KEY_TEXT.test(bytes.toString('latin1').replaceAll('\0', '')) || isDer(bytes, 'spki') || isDer(bytes, 'pkcs1');
}

function isDer(key: Buffer, type: 'spki' | 'pkcs1'): boolean {
  try {
    createPublicKey({ key, format: 'der', type });
    return true;
  } catch {
    // Not a key is what a secret is expected to be.
    return false;
  }
}

function isExample(text: string): boolean {
  return EXAMPLES.includes(text.toLowerCase().replace(/[^a-z0-9]/g, ''));
}

/** The length of the shortest text that the bytes are a repetition of, by the prefix function of Knuth, Morris and Pratt. */
function shortestPeriod(bytes: Buffer): number {
  const border = new Uint32Array(bytes.length);
  for (let i = 1; i < bytes.length; i += 1) {
    let length = border[i - 1];
    while (length > 0 && bytes[i] !== bytes[length]) length = border[length - 1];
    border[i] = bytes[i] === bytes[length] ? length + 1 : 0;
  }
  const period = bytes.length - border[bytes.length - 1];
  // An end that happens to look like the beginning makes no repetition.
  return period * 2 <= bytes.length ? period : bytes.length;
}
