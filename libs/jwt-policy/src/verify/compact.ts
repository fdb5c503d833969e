import { InvalidToken } from '../errors.js';
import { type JsonObject, parseJsonObject } from './strict-json.js';

/** A JWS in compact serialization, taken apart (RFC 7515, section 7.1). Nothing in it is trusted yet. */
export interface CompactJws {
  readonly header: JsonObject;
  readonly payload: Buffer;
}

const BASE64URL = /^[A-Za-z0-9_-]+$/;

/** @throws {InvalidToken} when the text is not the one canonical spelling of a JWS with a JSON header. */
export function parseCompact(token: unknown, maxBytes: number): CompactJws {
  if (typeof token !== 'string') throw malformed('not a string');
  // A longer token is refused by its length alone, before anything walks through it.
  if (token.length > maxBytes) throw malformed('longer than verify.maxTokenBytes');
  const segments = token.split('.', 4);
  if (segments.length !== 3) throw malformed('not three segments');
  const [header, payload, signature] = segments.map(decodeCanonical);
  if (!header || !payload || !signature) throw malformed('a segment is not canonical base64url');
  const headerObject = parseJsonObject(header);
  if (!headerObject) throw malformed('the header is not one JSON object without repeated names');
  return { header: headerObject, payload };
}

// Node's decoder skips what it does not know and drops spare bits. Only the spelling that it would write itself is one
// token, so that no second spelling can stand for the same token.
function decodeCanonical(segment: string): Buffer | null {
  if (!BASE64URL.test(segment)) return null;
  const bytes = Buffer.from(segment, 'base64url');
  return bytes.toString('base64url') === segment ? bytes : null;
}

function malformed(reason: string): InvalidToken {
  return new InvalidToken('ERR_TOKEN_INVALID', reason);
}
