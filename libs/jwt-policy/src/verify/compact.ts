import { invalidToken } from './invalid-token.js';
import { type JsonObject, parseJsonObject } from './strict-json.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const BASE64URL = /^[A-Za-z0-9_-]+$/;

/** A JWS in compact serialization, taken apart (RFC 7515, section 7.1). Nothing in it is trusted yet. */
export class CompactJws {
  #claims?: JsonObject;

  constructor(
    /** The first segment as it was sent. */
    readonly headerText: string,
    readonly payload: Buffer,
    readonly signature: Buffer,
    /** What the signature is of. */
    readonly signedText: string,
  ) {}

  /** @throws {InvalidToken} when the first segment is no JSON object. */
  get header(): JsonObject {
    const header = parseJsonObject(Buffer.from(this.headerText, 'base64url'));
    if (header) return header;
    throw invalidToken('the header is not one JSON object without repeated names');
  }

  /** @throws {InvalidToken} when the second segment is no JSON object. */
  get claims(): JsonObject {
    const claims = (this.#claims ??= parseJsonObject(this.payload) ?? undefined);
    if (claims) return claims;
    throw invalidToken('the payload is not one JSON object without repeated names');
  }
}

/** @throws {InvalidToken} when the text is not the one canonical spelling of three segments. */
export function parseCompact(token: unknown, maxBytes: number): CompactJws {
  if (typeof token !== 'string') throw invalidToken('not a string');
  // A longer token is refused by its length alone, before anything walks through it.
  if (token.length > maxBytes) throw invalidToken('longer than verify.maxTokenBytes');
  const segments = token.split('.', 4);
  if (segments.length !== 3) throw invalidToken('not three segments');
  if (!segments.every(isCanonical)) throw invalidToken('a segment is not canonical base64url');
  const [header, payload, signature] = segments;
  return new CompactJws(
    header,
    Buffer.from(payload, 'base64url'),
    Buffer.from(signature, 'base64url'),
    token.slice(0, header.length + 1 + payload.length),
  );
}

/**
 * Node's decoder skips what it does not know and drops spare bits. Only the spelling that it would write itself is one
 * token, so that no second spelling stands for the same bytes: the last character says nothing beyond the last of them.
 */
function isCanonical(segment: string): boolean {
  if (!BASE64URL.test(segment)) return false;
  const sextet = ALPHABET.indexOf(segment[segment.length - 1]);
  switch (segment.length % 4) {
    case 0:
      return true;
    case 2:
      return sextet % 16 === 0;
    case 3:
      return sextet % 4 === 0;
    default:
      return false;
  }
}
