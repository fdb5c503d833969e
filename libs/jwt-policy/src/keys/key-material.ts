import { isUtf8 } from 'node:buffer';
import { createPrivateKey, createPublicKey, createSecretKey, type JsonWebKey, KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { PolicyConfigurationError } from '../errors.js';

/**
 * The forms in which a key may be given: PEM text (PKCS#8, SPKI, PKCS#1 or SEC1), a JWK, also as JSON text, a `KeyObject`,
 * or the `file:` URL of a file that holds one of these texts.
 */
export type KeyMaterial = string | URL | KeyObject | JsonWebKey;
/** The forms in which a shared secret may be given: text, bytes, a JWK, a `KeyObject`, or a `file:` URL of a text file. */
export type SecretMaterial = KeyMaterial | Uint8Array;

type Half = 'private' | 'public';

/**
 * @param read As `readMaterial` gives it.
 * @throws {PolicyConfigurationError} when there is nothing in it that can be a secret.
 */
export function secretBytes(read: unknown, option: string, fix: string): Buffer {
  if (read instanceof KeyObject && read.type === 'secret') return read.export();
  if (read instanceof Uint8Array) return Buffer.from(read);
  if (isJwk(read) && read.kty === 'oct' && typeof read.k === 'string') return Buffer.from(read.k, 'base64url');
  if (typeof read === 'string' && read !== '') return Buffer.from(read, 'utf8');
  throw new PolicyConfigurationError(option, 'was given no secret', fix);
}

export function secretObject(bytes: Buffer): KeyObject {
  return createSecretKey(bytes);
}

/**
 * What was given, or what stands in the file that was named. A text that is a JWK of one of these types becomes one.
 *
 * @throws {PolicyConfigurationError} when a file cannot be read.
 */
export function readMaterial(material: unknown, types: readonly string[], option: string): unknown {
  const read = fromFile(material, option);
  if (typeof read !== 'string' || !read.trimStart().startsWith('{')) return read;
  const jwk = jwkIn(read);
  return jwk && types.includes(String(jwk.kty)) ? jwk : read;
}

/**
 * @param read As `readMaterial` gives it.
 * @throws {PolicyConfigurationError} when it is no key, is encrypted otherwise, or is not the half that is asked for.
 */
export function pairHalf(read: unknown, half: Half, option: string, passphrase?: string): KeyObject {
  const key = read instanceof KeyObject ? read : parse(read, half, option, passphrase);
  if (key.type !== half) {
    throw new PolicyConfigurationError(
      option,
      `was given a ${key.type} key where a ${half} one is needed`,
      half === 'public' ? 'give the public half only, or use keyPair()' : 'give the private key, or use publicKey()',
    );
  }
  return key;
}

export function isJwk(material: unknown): material is JsonWebKey {
  return typeof material === 'object' && material !== null && 'kty' in material && !(material instanceof KeyObject);
}

function jwkIn(text: string): JsonWebKey | null {
  try {
    const value: unknown = JSON.parse(text);
    return isJwk(value) ? value : null;
  } catch {
    // Text that is no JSON is not a JWK; whether it is a key is found out later.
    return null;
  }
}

function parse(material: unknown, half: Half, option: string, passphrase?: string): KeyObject {
  const unreadable = (problem: string): PolicyConfigurationError =>
    new PolicyConfigurationError(
      option,
      problem,
      `give PEM text (-----BEGIN ${half === 'private' ? 'PRIVATE' : 'PUBLIC'} KEY-----), a JWK, a KeyObject or a file: URL`,
    );
  // Node would derive the public half of a private key in silence; a verifier must not be handed a private key.
  const isPrivate = isJwk(material) ? material.d !== undefined : String(material).includes('PRIVATE KEY-----');
  if (passphrase !== undefined && typeof passphrase !== 'string') {
    throw new PolicyConfigurationError(
      option,
      'has a `passphrase` that is not a text',
      'give the text that opens the key',
    );
  }
  const isEncrypted = isPrivate && /ENCRYPTED/.test(String(material));
  if (isEncrypted && !passphrase) {
    throw new PolicyConfigurationError(option, 'was given an encrypted key', 'give its `passphrase` as well');
  }
  try {
    if (isJwk(material)) {
      const jwk = { key: material, format: 'jwk' } as const;
      return isPrivate ? createPrivateKey(jwk) : createPublicKey(jwk);
    }
    if (typeof material === 'string' && material.includes('-----BEGIN ')) {
      return isPrivate ? createPrivateKey({ key: material, passphrase }) : createPublicKey(material);
    }
  } catch {
    // The cause may quote what it could not read.
    throw unreadable(
      isEncrypted ? 'holds a key that this passphrase does not open' : 'holds a key that cannot be read',
    );
  }
  throw unreadable('was given no key');
}

function fromFile(material: unknown, option: string): unknown {
  if (!(material instanceof URL) && !(typeof material === 'string' && /^file:\/\//i.test(material))) return material;
  let bytes: Buffer;
  try {
    bytes = readFileSync(new URL(material));
  } catch (error) {
    const cause = String((error as NodeJS.ErrnoException).code);
    throw new PolicyConfigurationError(
      option,
      `names a file that cannot be read (${cause})`,
      'give the URL of a readable file',
    );
  }
  // What is not text would lose bytes as if it were, and nobody would notice.
  if (isUtf8(bytes)) return bytes.toString().replace(/\r?\n$/, '');
  throw new PolicyConfigurationError(
    option,
    'names a file that holds no text',
    'write the key as PEM, JWK or base64url',
  );
}
