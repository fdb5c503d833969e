import { channel } from 'node:diagnostics_channel';
import type { Decision } from '../decide/decision.js';

/** What subscribers of `nestjs-jwt-policy:decision` receive for every decision of a guard. */
export interface DecisionEvent {
  readonly decision: Decision;
  /** The class and method of the route, as `BasketController.show`; absent when Passport asked, and for what a handler lets through. */
  readonly route?: string;
  /** Who asked, when that is known. */
  readonly subject?: string;
  /** The `jti` of the token, when it was verified. */
  readonly tokenId?: string;
  /** What made the policy unavailable, when something did. Comes from your own code: mind what it holds. */
  readonly cause?: unknown;
}

/** What subscribers of `nestjs-jwt-policy:token` receive. */
export type TokenEvent =
  | {
      /** A token was made, or taken back. */
      readonly type: 'issued' | 'revoked';
      readonly tokenId: string;
      readonly subject: string;
      readonly expiresAt: Date;
    }
  | {
      /** Every token that the subject had was taken back, or something about the subject has changed. */
      readonly type: 'subject-revoked' | 'subject-changed';
      readonly subject: string;
    }
  | {
      /**
       * A session began, a refresh token got its successor, or a session was closed. `'session-reused'`: a refresh token
       * was used twice, so that two hold it, and the session is over. Of one session it comes at most once: exactly once,
       * unless the answer of the store that discovered it is lost. `'session-closed'` comes once, too, whoever else closes it.
       */
      readonly type: 'session-opened' | 'session-refreshed' | 'session-closed' | 'session-reused';
      /** `sid` of its access tokens. */
      readonly sessionId: string;
      readonly subject: string;
    };

/** Nobody pays for an event that nobody listens to: look at `hasSubscribers` before building one. */
export const decisions = channel('nestjs-jwt-policy:decision');
const tokens = channel('nestjs-jwt-policy:token');

/** @param event Called only when somebody listens. */
export function publishTokenEvent(event: () => TokenEvent): void {
  if (tokens.hasSubscribers) tokens.publish(event());
}
