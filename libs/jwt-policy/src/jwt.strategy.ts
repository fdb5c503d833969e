import type { OnModuleDestroy } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import passport from 'passport';
import { Strategy } from 'passport-jwt';
import { exchangeOf, type HttpExchanges } from './contexts/http.js';
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
 * the same refusals. A request is always answered by the module of the app that it came to, although Passport's
 * registry belongs to the process.
 */
export class JwtStrategy extends PassportJwtStrategy implements OnModuleDestroy {
  /** @internal */
  constructor(
    private readonly exchanges: HttpExchanges,
    private readonly responder: Responder,
    private predecessor: unknown = registered(),
  ) {
    // passport-jwt insists on a way to its own verification; it leads nowhere, as `authenticate` takes its place.
    super({ jwtFromRequest: () => null, secretOrKeyProvider: refuse });
  }

  authenticate(request: unknown): void {
    void this.answer(request);
  }

  /** Whoever answers to the name instead, or did before this strategy took it. */
  rivals(): unknown[] {
    const rivals = [this.predecessor, registered()].filter((strategy) => strategy !== undefined && strategy !== this);
    this.predecessor = undefined;
    return rivals;
  }

  onModuleDestroy(): void {
    if (registered() === this) passport.unuse(NAME);
  }

  private async answer(request: unknown): Promise<void> {
    let identity: Identity | null;
    try {
      // Without an exchange another global guard was asked before ours.
      const exchange = exchangeOf(request) ?? this.exchanges.open(request);
      const crossSite = exchange.crossSiteRefusal();
      if (crossSite) this.responder.conclude(crossSite, {});
      identity = await exchange.authenticate();
      this.responder.conclude(identity ? SOMEBODY : NOBODY, { identity });
      if (identity) exchange.admit(identity);
    } catch (error) {
      this.reject(request, error);
      return;
    }
    // Outside of the `try`: what the app does with the identity is no refusal of ours.
    this.success(identity);
  }

  private reject(request: unknown, error: unknown): void {
    const exception = this.responder.rejection(error, {});
    if (exception.challenge) exchangeOf(request)?.challenge(exception.challenge);
    this.error(exception);
  }
}

function refuse(_request: unknown, _token: unknown, done: (error: Error) => void): void {
  done(new Error('the authenticator decides'));
}

function registered(): unknown {
  // oxlint-disable-next-line no-underscore-dangle -- Passport has no public way to ask
  return (passport as unknown as { _strategy(name: string): unknown })._strategy(NAME);
}
