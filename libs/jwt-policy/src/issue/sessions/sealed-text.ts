import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const PURPOSE = 'nestjs-jwt-policy: the successor of a refresh token';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Hides some bytes from everybody who does not have the secret: what is stored beside the hash of the secret tells nothing.
 *
 * @param secret At least 256 random bits.
 * @param place Where it is kept: it can be opened nowhere else.
 */
export function seal(content: Buffer, secret: Buffer, place: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, keyOf(secret), nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(place));
  const hidden = Buffer.concat([cipher.update(content), cipher.final()]);
  return Buffer.concat([nonce, hidden, cipher.getAuthTag()]).toString('base64url');
}

/** @returns `null` when it was sealed by another secret or for another place, or is not as it was. */
export function unseal(sealed: string, secret: Buffer, place: string): Buffer | null {
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return null;
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, keyOf(secret), nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    // The tag does not fit.
    return null;
  }
}

/** Another one than the hash that is stored, although both come from the same secret (RFC 5869, section 3.2). */
function keyOf(secret: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', PURPOSE, 32));
}
