import { isUtf8 } from 'node:buffer';

const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/g;
export const MAX_DEPTH = 16;

/** The members of a JSON object as own properties of an object without a prototype: nothing is inherited. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads what a JWS part must be: valid UTF-8, one JSON object, no member twice (RFC 7515, section 4), not too deep.
 *
 * @returns `null` when it is anything else.
 */
export function parseJsonObject(bytes: Buffer): JsonObject | null {
  if (!isUtf8(bytes)) return null;
  const text = bytes.toString();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const members = countMembers(value, 1);
  if (Number.isNaN(members)) return null;
  // Nothing got lost where the value is written as it was read, which is how nearly every issuer writes.
  if (JSON.stringify(value) !== text && members !== countNames(text)) return null;
  return Object.setPrototypeOf(value, null) as JsonObject;
}

/**
 * JSON.parse keeps the last of two members of one name. Whatever has a colon outside of strings is a member, so that a text
 * with more colons than the value has members named one of them twice.
 */
function countNames(text: string): number {
  return text.replace(STRING, '').split(':').length - 1;
}

function countMembers(value: object, depth: number): number {
  if (depth > MAX_DEPTH) return Number.NaN;
  const children: unknown[] = Object.values(value);
  let members = Array.isArray(value) ? 0 : children.length;
  for (const child of children) {
    if (typeof child === 'object' && child !== null) members += countMembers(child, depth + 1);
  }
  return members;
}
