const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/g;
export const MAX_DEPTH = 16;

/** The members of a JSON object as own properties of an object without a prototype: nothing is inherited. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads what a JWS part must be: valid UTF-8, one JSON object, no member twice (RFC 7515, section 4), not too deep.
 *
 * @returns `null` when it is anything else.
 */
export function parseJsonObject(bytes: Uint8Array): JsonObject | null {
  let text: string;
  let value: unknown;
  try {
    text = UTF8.decode(bytes);
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  // JSON.parse keeps the last of two members of one name. Whatever has a colon outside of strings is a member, so a
  // text with more colons than the value has members named one of them twice.
  const colons = text.replace(STRING, '').split(':').length - 1;
  if (countMembers(value, 1) !== colons) return null;
  return Object.freeze(Object.assign(Object.create(null), value) as Record<string, unknown>);
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
