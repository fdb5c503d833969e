import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { PolicyConfigurationError } from './errors.js';
import { JwksController } from './jwks.controller.js';
import { PublishedKeys } from './keys/published-keys.js';

/**
 * Publishes the public halves of the app's keys at `/.well-known/jwks.json`, so that others can verify its tokens: of the
 * active one, and of those that are upcoming or retiring. Import it besides `JwtPolicyModule`. Secrets are never published.
 *
 * @throws {PolicyConfigurationError} while the app starts, when there is nothing that could be published.
 * @see RFC 7517, section 5
 * @example imports: [JwtPolicyModule.forRoot({ ..., keys: keyPair({ ... }) }), JwksModule]
 */
@Module({ controllers: [JwksController] })
export class JwksModule implements OnApplicationBootstrap {
  /** @internal */
  constructor(private readonly keys: PublishedKeys) {}

  // Not sooner: a provider of keys is asked while modules are initialized.
  onApplicationBootstrap(): void {
    if (!this.keys.areNone) return;
    throw new PolicyConfigurationError(
      'JwksModule',
      'has no key to publish',
      'give keyPair() or publicKey(), because secrets stay secret, or remove the module',
    );
  }
}
