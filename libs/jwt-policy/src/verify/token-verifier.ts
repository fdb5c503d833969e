import { InvalidToken, type InvalidTokenCode, withoutStack } from '../errors.js';
import { isIdentifier } from '../identifier.js';
import type { Key } from '../keys/key.js';
import type { KeyRing } from '../keys/key-ring.js';
import { type ClaimRules, failedClaim } from './claim-checks.js';
import { parseCompact } from './compact.js';
import { type JsonObject, parseJsonObject } from './strict-json.js';
import { VerifiedCache } from './verified-cache.js';
import { VerifiedToken } from './verified-token.js';

export interface VerifyRules extends ClaimRules {
  readonly maxTokenBytes: number;
  /** How many verified tokens are remembered; none when it is absent. */
  readonly cacheSize?: number;
  /** The media type that `typ` must name, in lower case and without `application/`. */
  readonly type: string;
}

/** Parameters that would change what the other parts mean (RFC 7515, section 4.1.11; RFC 7797; RFC 7516). */
const UNSUPPORTED = ['crit', 'b64', 'enc', 'zip'];

/** The one way from text to {@link VerifiedToken}: the guard, the Passport strategy and `TokenService` all end here. */
export class TokenVerifier {
  private readonly cache: VerifiedCache;
  // What our own tokens begin with is known beforehand, and need not be parsed.
  private readonly byHeader: ReadonlyMap<string, Key>;

  constructor(
    private readonly keys: KeyRing,
    private readonly rules: VerifyRules,
  ) {
    this.cache = new VerifiedCache(rules.cacheSize ?? 0, rules.leeway);
    this.byHeader = new Map(keys.all.map((key) => [key.headerText(rules.type), key]));
  }

  /** @throws {InvalidToken} and nothing else, whatever the text is. */
  verify(token: unknown): VerifiedToken {
    const now = Date.now() / 1000;
    return (typeof token === 'string' && this.cache.find(token, now)) || this.verifyAnew(token, now);
  }

  private verifyAnew(text: unknown, now: number): VerifiedToken {
    const jws = parseCompact(text, this.rules.maxTokenBytes);
    const key = this.byHeader.get(jws.headerText) ?? this.keyFor(jws.header);
    if (!key.hasSigned(jws)) throw invalid('signature mismatch');
    const claims = parseJsonObject(jws.payload);
    if (!claims) throw invalid('the payload is not one JSON object without repeated names');
    const failure = failedClaim(claims, this.rules, now);
    if (failure) throw refusal(failure.code, failure.reason);
    const token = new VerifiedToken(claims);
    this.cache.keep(text as string, token);
    return token;
  }

  private keyFor(header: JsonObject): Key {
    const { alg, typ, kid } = header;
    if (UNSUPPORTED.some((name) => name in header)) throw invalid('an unsupported header parameter');
    if (kid !== undefined && !isIdentifier(kid)) throw invalid('kid is not an identifier');
    if (mediaType(typ) !== this.rules.type) throw invalid('a token of another type');
    const key = this.keys.find(kid);
    if (!key) throw invalid('no key of this kid');
    if (alg !== key.alg) throw invalid('another algorithm than the one of the key');
    return key;
  }
}

/** RFC 7515, section 4.1.9: `application/` may be left out; media types are compared without regard to case. */
export function mediaType(typ: unknown): string | null {
  return typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : null;
}

function invalid(reason: string): InvalidToken {
  return refusal('ERR_TOKEN_INVALID', reason);
}

function refusal(code: InvalidTokenCode, reason: string): InvalidToken {
  return withoutStack(() => new InvalidToken(code, reason));
}
