import { channel } from 'node:diagnostics_channel';
import type { Decision } from '../decide/decision.js';

/** What subscribers of `nestjs-jwt-policy:decision` receive for every decision of a guard. */
export interface DecisionEvent {
  readonly decision: Decision;
  /** The class and method of the route, as `BasketController.show`; absent when Passport asked. */
  readonly route?: string;
  /** Who asked, when that is known. */
  readonly subject?: string;
  /** The `jti` of the token, when it was verified. */
  readonly tokenId?: string;
  /** What made the policy unavailable, when something did. Comes from your own code: mind what it holds. */
  readonly cause?: unknown;
}

/** What subscribers of `nestjs-jwt-policy:token` receive. */
export interface TokenEvent {
  readonly type: 'issued';
  readonly tokenId: string;
  readonly subject: string;
  readonly expiresAt: Date;
}

/** Nobody pays for an event that nobody listens to: look at `hasSubscribers` before building one. */
export const decisions = channel('nestjs-jwt-policy:decision');
export const tokens = channel('nestjs-jwt-policy:token');
