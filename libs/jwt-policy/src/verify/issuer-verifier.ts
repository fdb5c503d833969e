import { BoundedMap } from '../bounded-map.js';
import { isIdentifier } from '../identifier.js';
import type { Key } from '../keys/key.js';
import type { KeySource } from '../keys/key-source.js';
import { type ClaimRules, failedClaim } from './claim-checks.js';
import { permissionsIn } from './claim-names.js';
import type { CompactJws } from './compact.js';
import { invalidToken } from './invalid-token.js';
import type { JsonObject } from './strict-json.js';
import { VerifiedToken } from './verified-token.js';

/** An issuer whose tokens are accepted. */
export interface IssuerRules extends ClaimRules {
  readonly keys: KeySource;
  /** The media type that `typ` must name, in lower case and without `application/`. */
  readonly type: string;
}

/** Parameters that would change what the other parts mean (RFC 7515, section 4.1.11; RFC 7797; RFC 7516). */
const UNSUPPORTED = ['crit', 'b64', 'enc', 'zip'];
const MOST_HEADERS = 100;

/** Verifies the tokens of one issuer. */
export class IssuerVerifier {
  // Tokens of one key begin alike. What genuine ones began with need not be read again.
  private readonly headers = new BoundedMap<Key>(MOST_HEADERS);

  constructor(private readonly rules: IssuerRules) {}

  /** Whether its tokens are accepted now that were when they were checked by this key. */
  holds(key: Key): boolean {
    return this.rules.keys.find(key.kid) === key;
  }

  /**
   * The key that the header names; with a promise where it is looked for elsewhere.
   *
   * @throws {InvalidToken} when the header is not one of this issuer's tokens.
   * @throws {PolicyUnavailable} when it cannot be known whether there is such a key.
   */
  keyFor(jws: CompactJws): Key | Promise<Key> {
    const known = this.headers.get(jws.headerText);
    return known && this.holds(known) ? known : this.keyNamedIn(jws.header);
  }

  /** @throws {InvalidToken} when the signature is not one of the key, or a claim does not hold. */
  verify(jws: CompactJws, key: Key, now: number): VerifiedToken {
    if (!key.hasSigned(jws)) throw invalidToken('signature mismatch');
    if (this.headers.get(jws.headerText) !== key) this.headers.set(jws.headerText, key);
    const found = { claims: jws.claims, permissions: permissionsIn(jws.claims, this.rules.names.permissions) };
    const failure = failedClaim(found, this.rules, now);
    if (failure) throw invalidToken(failure.reason, failure.code);
    return new VerifiedToken(found, this.rules);
  }

  private keyNamedIn(header: JsonObject): Key | Promise<Key> {
    const { alg, typ, kid } = header;
    if (UNSUPPORTED.some((name) => name in header)) throw invalidToken('an unsupported header parameter');
    if (kid !== undefined && !isIdentifier(kid)) throw invalidToken('kid is not an identifier');
    if (mediaType(typ) !== this.rules.type) throw invalidToken('a token of another type');
    const { keys } = this.rules;
    const known = keys.find(kid);
    return known || !keys.seek ? fitting(known, alg) : keys.seek(kid).then((found) => fitting(found, alg));
  }
}

/** RFC 7515, section 4.1.9: `application/` may be left out; media types are compared without regard to case. */
export function mediaType(typ: unknown): string | null {
  return typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : null;
}

function fitting(key: Key | undefined, alg: unknown): Key {
  if (!key) throw invalidToken('no key of this kid');
  if (alg !== key.alg) throw invalidToken('another algorithm than the one of the key');
  return key;
}
