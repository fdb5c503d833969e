import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { PolicyUnavailable } from '../../errors.js';
import { orderedId } from '../../ordered-id.js';
import { seal, unseal } from './sealed-text.js';

const ID_BYTES = 16;
const FAMILY_BYTES = 16;
const SECRET_BYTES = 32;
const END_BYTES = 8;
const FAMILY_END = ID_BYTES + FAMILY_BYTES;
const LENGTH = Math.ceil(((FAMILY_END + SECRET_BYTES) * 4) / 3);

/** The token that takes the place of another one. */
export interface Successor {
  readonly token: RefreshToken;
  /** When its session ends, unless it is used before. */
  readonly endsAt: Date;
}

/**
 * A refresh token: the id of its session, a secret that all tokens of the session share, and 256 random bits of its own.
 * Who knows the shared secret once had a token of the session, so that one used twice is told from one that is guessed.
 */
export class RefreshToken {
  // Out of sight of whoever prints it.
  readonly #family: Buffer;
  readonly #secret: Buffer;

  private constructor(
    readonly sessionId: string,
    family: Buffer,
    secret: Buffer,
  ) {
    this.#family = family;
    this.#secret = secret;
  }

  /** The first token of a new session, whose id says when it was opened. */
  static first(): RefreshToken {
    return new RefreshToken(orderedId(), randomBytes(FAMILY_BYTES), randomBytes(SECRET_BYTES));
  }

  /** @returns `null` when it is none, or one that is spelled in another way. */
  static parse(text: unknown): RefreshToken | null {
    if (typeof text !== 'string' || text.length !== LENGTH) return null;
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.toString('base64url') !== text) return null;
    const id = bytes.toString('hex', 0, ID_BYTES);
    const sessionId = [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20)].join('-');
    return new RefreshToken(sessionId, bytes.subarray(ID_BYTES, FAMILY_END), bytes.subarray(FAMILY_END));
  }

  text(): string {
    const id = Buffer.from(this.sessionId.replaceAll('-', ''), 'hex');
    return Buffer.concat([id, this.#family, this.#secret]).toString('base64url');
  }

  familyHash(): string {
    return hashOf(this.#family);
  }

  hash(): string {
    return hashOf(this.#secret);
  }

  /** Whether it is, or was once, a token of this session. */
  isOf({ id, family }: { readonly id: string; readonly family: string }): boolean {
    const [mine, theirs] = [Buffer.from(this.familyHash()), Buffer.from(family)];
    return id === this.sessionId && mine.length === theirs.length && timingSafeEqual(mine, theirs);
  }

  successor(endsAt: Date): Successor {
    return { token: new RefreshToken(this.sessionId, this.#family, randomBytes(SECRET_BYTES)), endsAt };
  }

  /** Writes a successor so that only who holds this token can read it. */
  seal({ token, endsAt }: Successor): string {
    const end = Buffer.alloc(END_BYTES);
    end.writeDoubleBE(endsAt.getTime());
    return seal(Buffer.concat([token.#secret, end]), this.#secret, this.sessionId);
  }

  /**
   * Opens one seal after the other, each with the token that was in the one before.
   *
   * @throws {PolicyUnavailable} when they are not what was sealed.
   */
  unsealAll([first, ...others]: readonly string[]): Successor {
    return others.reduce(({ token }, sealed) => token.unseal(sealed), this.unseal(first));
  }

  /** @throws {PolicyUnavailable} when it is not what was sealed. */
  unseal(sealed: string): Successor {
    const content = unseal(sealed, this.#secret, this.sessionId);
    if (content === null) throw new PolicyUnavailable('the session store did not return what was sealed');
    return {
      token: new RefreshToken(this.sessionId, this.#family, content.subarray(0, SECRET_BYTES)),
      endsAt: new Date(content.readDoubleBE(SECRET_BYTES)),
    };
  }
}

/** Without a salt: nobody can try 128 random bits, let alone 256. */
function hashOf(secret: Buffer): string {
  return createHash('sha256').update(secret).digest('base64url');
}
