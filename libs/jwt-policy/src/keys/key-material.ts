import { createPrivateKey, createPublicKey, createSecretKey, type JsonWebKey, KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { PolicyConfigurationError } from '../errors.js';

/** The forms in which a key may be given: PEM text, a JWK, a `KeyObject`, or a `file:` URL of a PEM file. */
export type KeyMaterial = string | URL | KeyObject | JsonWebKey;
/** The forms in which a shared secret may be given: text, bytes, a JWK, a `KeyObject`, or a `file:` URL of a text file. */
export type SecretMaterial = KeyMaterial | Uint8Array;

type Half = 'private' | 'public';

/** @throws {PolicyConfigurationError} when there is nothing in it that can be a secret. */
export function secretBytes(material: SecretMaterial | undefined, option: string, fix: string): Buffer {
  const read = fromFile(material, option);
  if (read instanceof KeyObject && read.type === 'secret') return read.export();
  if (read instanceof Uint8Array) return Buffer.from(read);
  if (isJwk(read) && read.kty === 'oct' && typeof read.k === 'string') return Buffer.from(read.k, 'base64url');
  if (typeof read === 'string' && read !== '') return Buffer.from(read, 'utf8');
  throw new PolicyConfigurationError(option, 'was given no secret', fix);
}

export function secretObject(bytes: Buffer): KeyObject {
  return createSecretKey(bytes);
}

/** @throws {PolicyConfigurationError} when it cannot be read, or is not the half that is asked for. */
export function pairHalf(material: KeyMaterial | undefined, half: Half, option: string): KeyObject {
  const read = fromFile(material, option);
  const key = read instanceof KeyObject ? read : parse(read, half, option);
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

function parse(material: unknown, half: Half, option: string): KeyObject {
  const unreadable = (problem: string): PolicyConfigurationError =>
    new PolicyConfigurationError(
      option,
      problem,
      `give PEM text (-----BEGIN ${half === 'private' ? 'PRIVATE' : 'PUBLIC'} KEY-----), a JWK, a KeyObject or a file: URL`,
    );
  // Node would derive the public half of a private key in silence; a verifier must not be handed a private key.
  const isPrivate = isJwk(material) ? material.d !== undefined : String(material).includes('PRIVATE KEY-----');
  try {
    if (isJwk(material)) {
      const jwk = { key: material, format: 'jwk' } as const;
      return isPrivate ? createPrivateKey(jwk) : createPublicKey(jwk);
    }
    if (typeof material === 'string' && material.includes('-----BEGIN ')) {
      return isPrivate ? createPrivateKey(material) : createPublicKey(material);
    }
  } catch {
    // The cause may quote what it could not read.
    throw unreadable('holds a key that cannot be read');
  }
  throw unreadable('was given no key');
}

function fromFile(material: unknown, option: string): unknown {
  if (!(material instanceof URL) && !(typeof material === 'string' && /^file:\/\//i.test(material))) return material;
  try {
    return readFileSync(new URL(material), 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const cause = String((error as NodeJS.ErrnoException).code);
    throw new PolicyConfigurationError(
      option,
      `names a file that cannot be read (${cause})`,
      'give the URL of a readable file',
    );
  }
}
