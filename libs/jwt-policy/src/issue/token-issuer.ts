import type { Permission } from '../permission.js';
import { isIdentifier } from '../identifier.js';
import type { KeyRing } from '../keys/ring/key-ring.js';
import { orderedId } from '../ordered-id.js';
import { isStringArray } from '../string-array.js';
import { MAX_DEPTH, parseJsonObject } from '../verify/strict-json.js';
import type { VerifiedToken } from '../verify/verified-token.js';
import { IssuedToken } from './issued-token.js';
import type { Expiry } from './lifetime.js';
import { ownClaims } from './own-claims.js';
import type { TokenOrigin } from './token-origin.js';

/** What names somebody: a text of 1 to 256 characters, a safe integer or a bigint. On the wire it is a string. */
export type SubjectId = string | number | bigint;

/** Whom a token is for. */
export interface TokenSubject {
  /** Becomes `sub`, as a string. Not empty, at most 256 characters; a number must be a safe integer. */
  readonly id: SubjectId;
  /** Becomes `user_name`, for display. Anyone who holds the token can read it. */
  readonly name?: string;
  /** Becomes `permissions`. Leave it out when permissions are only ever loaded. */
  readonly permissions?: readonly Permission[];
  /** Further claims of your own. Those that the library writes itself cannot be set here. */
  readonly claims?: object;
}

export interface IssueRules {
  readonly issuer: string;
  readonly audience: string | readonly string[];
  readonly type: string;
  readonly maxTokenBytes: number;
  /** In seconds. */
  readonly maxLifetime?: number;
  readonly expiry: Expiry;
}

/** What is said of one token and not of its subject. */
export interface TokenTerms {
  readonly expiry?: Expiry;
  readonly audience?: string | readonly string[];
  /** When it ends at the latest, to the next whole second. */
  readonly until?: Date;
  readonly origin?: TokenOrigin;
}

/** Makes tokens that the verifier of the same settings accepts, and no others. */
export class TokenIssuer {
  /** @param keys None when those of another issuer verify the tokens. */
  constructor(
    private readonly keys: KeyRing | undefined,
    private readonly rules: IssueRules,
  ) {}

  /** Whether a token is one that this could have made. */
  isOwn({ claims }: VerifiedToken): boolean {
    return this.keys?.active.canSign === true && claims.iss === this.rules.issuer;
  }

  /** @throws {TypeError} when the subject, its claims or the lifetime cannot become a token. */
  issue(
    subject: TokenSubject,
    { expiry = this.rules.expiry, audience = this.rules.audience, until, origin }: TokenTerms = {},
  ): IssuedToken {
    const keys = this.signingKeys();
    this.refuseLonger(sizeOf(subject, this.rules.maxTokenBytes));
    const issuedAt = new Date();
    const expiresAt = endWithin(wholeSecond(expiry(issuedAt), issuedAt), until);
    const issuedSecond = Math.floor(issuedAt.getTime() / 1000);
    this.refuseLongerLife(expiresAt.getTime() / 1000 - issuedSecond);
    const id = orderedId();
    const payload = written({
      ...ownClaims(subject.claims),
      iss: this.rules.issuer,
      aud: audience,
      sub: subjectOf(subject.id, 'issue(): subject.id'),
      iat: issuedSecond,
      exp: expiresAt.getTime() / 1000,
      jti: id,
      ...origin,
      ...optional('permissions', subject.permissions, isStringArray),
      ...optional('user_name', subject.name, (name) => typeof name === 'string'),
    });
    this.refuseLonger(payload.length);
    const token = keys.sign(this.rules.type, payload, expiresAt);
    this.refuseLonger(token.length);
    return new IssuedToken(token, id, expiresAt);
  }

  private signingKeys(): KeyRing {
    if (this.keys === undefined) {
      throw new TypeError(
        'issue(): the keys, or verify.claims, are those of another issuer; name it in verify.issuers to issue tokens of your own',
      );
    }
    if (this.keys.active.canSign) return this.keys;
    throw new TypeError('issue(): the active key is a public key and cannot sign; use keyPair() or secretKey()');
  }

  private refuseLonger(bytes: number): void {
    if (bytes <= this.rules.maxTokenBytes) return;
    throw new TypeError(
      `issue(): the token has more than verify.maxTokenBytes (${this.rules.maxTokenBytes}) allows; put less into it or load permissions instead`,
    );
  }

  private refuseLongerLife(seconds: number): void {
    const { maxLifetime } = this.rules;
    if (maxLifetime === undefined || seconds <= maxLifetime) return;
    throw new TypeError(
      `issue(): the lifetime is longer than verify.maxLifetime (${maxLifetime} s) allows; make it shorter, or verify.maxLifetime longer`,
    );
  }
}

/** At least how long a value will be, told without writing it. What lies deeper than a token may go is not looked at. */
function sizeOf(value: unknown, most: number, depth = 0): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return 1;
  if (Array.isArray(value) && value.length > most) return value.length;
  let size = 1;
  for (const [key, member] of Object.entries(value)) {
    size += key.length + sizeOf(member, most - size, depth + 1);
    if (size > most) break;
  }
  return size;
}

function written(claims: object): Buffer {
  const payload = Buffer.from(JSON.stringify(claims));
  if (parseJsonObject(payload)) return payload;
  throw new TypeError('issue(): subject.claims must be an object that JSON can hold, not deeper than 16 levels');
}

/** @throws {TypeError} naming `place`, when nobody can have this id. */
export function subjectOf(id: unknown, place: string): string {
  const text = typeof id === 'bigint' || Number.isSafeInteger(id) ? String(id) : id;
  if (isIdentifier(text)) return text;
  throw new TypeError(`${place} must be a text of 1 to 256 characters, a safe integer or a bigint`);
}

function optional(claim: string, value: unknown, holds: (value: unknown) => boolean): Record<string, unknown> {
  if (value === undefined) return {};
  if (holds(value)) return { [claim]: value };
  throw new TypeError(`issue(): ${claim} has the wrong type; permissions are an array of strings, a name is a string`);
}

function wholeSecond(expiresAt: Date, issuedAt: Date): Date {
  const seconds = expiresAt instanceof Date ? Math.floor(expiresAt.getTime() / 1000) : Number.NaN;
  if (!(seconds * 1000 > issuedAt.getTime())) {
    throw new TypeError(
      'issue(): the lifetime ends before it begins; an Expiry must return a Date at least a second ahead',
    );
  }
  return new Date(seconds * 1000);
}

function endWithin(end: Date, until: Date = end): Date {
  return new Date(Math.min(end.getTime(), Math.ceil(until.getTime() / 1000) * 1000));
}
