import { inspect } from 'node:util';
import { publishTokenEvent } from '../events/channels.js';

/** A new token. `console.log` shows all of it but the text of the token. */
export class IssuedToken {
  constructor(
    /** The text to hand to the client. */
    readonly token: string,
    /** `jti`: the identifier of this one token. */
    readonly id: string,
    readonly expiresAt: Date,
  ) {}

  [inspect.custom](): string {
    return `IssuedToken { id: '${this.id}', expiresAt: ${this.expiresAt.toISOString()} }`;
  }
}

/** Tells whoever listens of a token that is given out. */
export function publishIssued({ id: tokenId, expiresAt }: IssuedToken, subject: string): void {
  publishTokenEvent(() => ({ type: 'issued', tokenId, subject, expiresAt }));
}
