import type { JwtPolicySettings } from '../jwt-policy.options.js';
import { ALGORITHMS } from '../keys/algorithms.js';
import type { Key } from '../keys/key.js';
import { KeyRing } from '../keys/ring/key-ring.js';
import type { KeySource } from '../keys/key-source.js';
import type { IssuerRules } from '../verify/issuer-verifier.js';
import type { InspectedRoute } from './routes.js';

/** What the doctor examines. */
export class Policy {
  /** The app itself, or whoever issues its tokens. */
  readonly own: IssuerRules;
  readonly others: readonly IssuerRules[];
  readonly isIssuer: boolean;

  constructor(
    readonly settings: JwtPolicySettings,
    readonly routes: readonly InspectedRoute[],
  ) {
    [this.own, ...this.others] = settings.verify.issuers;
    this.isIssuer = settings.ring?.active.canSign ?? false;
  }
}

/** Whether there is a key that will sign next, or somebody who names one. */
export function canRotate(source: KeySource): boolean {
  return !(source instanceof KeyRing) || source.isProvided || source.upcoming.length > 0;
}

/** Those that are held here, the active one first; none when they are fetched. */
export function heldKeys(source: KeySource): readonly Key[] {
  return source instanceof KeyRing ? [source.active, ...source.upcoming, ...source.retiring] : [];
}

export function isSecret({ alg }: Key): boolean {
  return ALGORITHMS[alg].kty === 'oct';
}
