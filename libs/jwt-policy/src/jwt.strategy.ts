import { PassportStrategy } from '@nestjs/passport';
import passport from 'passport';
import { Strategy } from 'passport-jwt';
import type { Authenticator } from './authenticator.js';
import { attachIdentity, nodeRequest } from './contexts/http.js';
import { granted, refused } from './decide/decision.js';
import type { Identity } from './identify/identity.js';
import type { Responder } from './respond/responder.service.js';

const NAME = 'jwt';

/** How a strategy answers Passport. */
interface PassportOutcome {
  success(user: unknown): void;
  error(error: unknown): void;
}

// Typed by hand, so that users need no typings of a package they never import.
const PassportJwtStrategy = PassportStrategy(Strategy, NAME) as new (options: object) => PassportOutcome;
const SOMEBODY = granted('AUTHENTICATED', 'Passport asks for any identity');
const NOBODY = refused('ERR_TOKEN_MISSING', 'nobody is authenticated');

/**
 * Passport's view of the authenticator: `AuthGuard('jwt')` keeps working, with the same identity as `request.user` and
 * the same refusals. Passport's registry belongs to the process, so the last app to start in a process owns the name.
 */
export class JwtStrategy extends PassportJwtStrategy {
  /** @internal */
  constructor(
    private readonly authenticator: Authenticator,
    private readonly responder: Responder,
    /** Whatever had the name before: an app that has it too gets an error while it starts. */
    private readonly predecessor = registered(),
  ) {
    // passport-jwt insists on a way to its own verification; it leads nowhere, as `authenticate` takes its place.
    super({ jwtFromRequest: () => null, secretOrKeyProvider: refuse });
  }

  authenticate(request: unknown): void {
    void this.authenticateWithPolicy(request);
  }

  /** Whoever else in this process answers to the name now, or did before. */
  namesakes(): unknown[] {
    return [this.predecessor, registered()].filter((strategy) => strategy !== undefined && strategy !== this);
  }

  private async authenticateWithPolicy(request: unknown): Promise<void> {
    let identity: Identity | null;
    try {
      identity = await this.authenticator.authenticate(nodeRequest(request));
      this.responder.conclude(identity ? SOMEBODY : NOBODY, { identity });
      if (identity) attachIdentity(request, identity);
    } catch (error) {
      this.error(this.responder.rejection(error, {}));
      return;
    }
    // Outside of the `try`: what the app does with the identity is no refusal of ours.
    this.success(identity);
  }
}

function refuse(_request: unknown, _token: unknown, done: (error: Error) => void): void {
  done(new Error('the authenticator decides'));
}

function registered(): unknown {
  // oxlint-disable-next-line no-underscore-dangle -- Passport has no public way to ask
  return (passport as unknown as { _strategy(name: string): unknown })._strategy(NAME);
}
