import { inspect } from 'node:util';
import { IssuedToken } from '../issued-token.js';

/** What a client gets to stay logged in: an access token, and the refresh token for the next one. `console.log` shows neither. */
export class OpenedSession extends IssuedToken {
  constructor(
    { token, id, expiresAt }: IssuedToken,
    /** `sid` of the access token: identifies the session for as long as it lives. */
    readonly sessionId: string,
    /** The text to hand to `refresh()`, once. */
    readonly refreshToken: string,
    /** When the session ends, unless it is used before. */
    readonly refreshExpiresAt: Date,
  ) {
    super(token, id, expiresAt);
  }

  override [inspect.custom](): string {
    const times = `expiresAt: ${this.expiresAt.toISOString()}, refreshExpiresAt: ${this.refreshExpiresAt.toISOString()}`;
    return `OpenedSession { id: '${this.id}', sessionId: '${this.sessionId}', ${times} }`;
  }
}
