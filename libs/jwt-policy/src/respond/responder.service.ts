import { Logger } from '@nestjs/common';
import { type Decision, refused, refusedBy, type Refused } from '../decide/decision.js';
import { withoutStack } from '../errors.js';
import { decisions } from '../events/channels.js';
import type { Identity } from '../identify/identity.js';
import { PolicyException } from './policy.exception.js';
import { rejectionFor } from './rejection.js';

/** What a decision was about. */
export interface Matter {
  readonly route?: string;
  /** Who asks where no route is known, for the log. */
  readonly asker?: string;
  readonly identity?: Identity | null;
  readonly cause?: unknown;
}

/** Makes decisions known: to the client as an exception, to the log, and to whoever listens. */
export class Responder {
  private readonly logger = new Logger('JwtPolicy');

  constructor(private readonly realm: string) {}

  /**
   * Lets an allowed request pass.
   *
   * @throws {PolicyException} for a refused one.
   */
  conclude(decision: Decision, matter: Matter): true {
    if (!decision.allowed) throw this.rejected(decision, matter);
    publish(decision, matter);
    return true;
  }

  /** What to throw for an error on the way to a decision: none of them lets anybody in. */
  rejection(error: unknown, matter: Matter): PolicyException {
    return error instanceof PolicyException ? error : this.rejected(refusedBy(error), { ...matter, cause: error });
  }

  private rejected(decision: Refused, matter: Matter): PolicyException {
    try {
      publish(decision, matter);
      this.log(decision, matter);
    } catch {
      // A log that cannot be written must not turn a refusal into a crash; it stays a refusal.
      return this.exceptionFor(refused('ERR_POLICY_UNAVAILABLE', 'the refusal could not be logged'));
    }
    return this.exceptionFor(decision);
  }

  private exceptionFor(decision: Refused): PolicyException {
    return withoutStack(() => new PolicyException(decision, rejectionFor(decision, this.realm)));
  }

  private log({ code, reason }: Refused, { asker = 'AuthGuard', route = asker, identity, cause }: Matter): void {
    if (code === 'ERR_POLICY_UNAVAILABLE') {
      // An outage is the operator's business, so this one is not a matter of debugging.
      const origin = cause instanceof Error ? (cause.cause ?? cause) : cause;
      this.logger.error(`${route}: ${code} (${reason})`, origin instanceof Error ? origin.stack : undefined);
    } else if (Logger.isLevelEnabled('debug')) {
      this.logger.debug(`${route}: ${code} (${reason})${identity ? ` for ${JSON.stringify(identity.id)}` : ''}`);
    }
  }
}

function publish(decision: Decision, { route, identity, cause }: Matter): void {
  if (!decisions.hasSubscribers) return;
  decisions.publish({ decision, route, subject: identity?.id, tokenId: identity?.token.id, cause });
}
