import { createHash } from 'node:crypto';

const WEEK = 7 * 86_400_000;

/**
 * An id as the library makes them, always the same one for the same number, and each time a text that was no key
 * before: so is one that is parsed from a token, and its hash is still to be computed.
 */
export function idOf(number) {
  const digits = createHash('md5').update(String(number)).digest();
  digits[6] = 0x70 | (digits[6] & 0x0f);
  digits[8] = 0x80 | (digits[8] & 0x3f);
  const hex = digits.toString('hex');
  return flat(`${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`);
}

/** @param kind `'token'` or `'subject'`. */
export function* entries(kind, count) {
  const end = Date.now() + WEEK;
  for (let number = 0; number < count; number += 1) {
    yield { kind, id: idOf(number), mark: idOf(-1 - number), endsAt: new Date(end) };
  }
}

/** What is put together from parts keeps the parts until somebody reads it. */
function flat(text) {
  return Buffer.from(text, 'latin1').toString('latin1');
}
