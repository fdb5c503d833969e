import { createHash, type JsonWebKey } from 'node:crypto';
import { KeyRing } from './ring/key-ring.js';
import type { KeySource } from './key-source.js';

const LONGEST_AGE = 300_000;

/** A document as it is sent, and the name of this version of it (RFC 9110, section 8.8.3). */
export interface Published {
  readonly body: string;
  readonly etag: string;
  /** For how many seconds others may go on with it. */
  readonly maxAge: number;
}

/** The public halves of our keys, for those who verify our tokens (RFC 7517, section 5). */
export class PublishedKeys {
  private readonly ring?: KeyRing;
  private last?: Published;

  constructor(keys: KeySource) {
    if (keys instanceof KeyRing) this.ring = keys;
  }

  get areNone(): boolean {
    return this.jwks().length === 0;
  }

  document(): Published {
    const body = JSON.stringify({ keys: this.jwks() });
    if (this.last?.body !== body) this.last = { body, etag: etagOf(body), maxAge: this.maxAge() };
    return this.last;
  }

  /** The one that signs first: whoever expects a single key takes that. */
  private jwks(): JsonWebKey[] {
    if (!this.ring) return [];
    const { active, upcoming, retiring } = this.ring;
    return [active, ...upcoming, ...retiring].flatMap(({ published }) => (published ? [published] : []));
  }

  /** Others know a key before it signs if they go on with the document for no longer than the notice, and soon of a stolen one. */
  private maxAge(): number {
    return Math.floor(Math.min(this.ring?.notice ?? 0, LONGEST_AGE) / 1000);
  }
}

function etagOf(body: string): string {
  return `"${createHash('sha256').update(body).digest('base64url')}"`;
}
