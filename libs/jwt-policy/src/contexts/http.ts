import type { HttpAdapterHost } from '@nestjs/core';
import type { Authentication, Authenticator } from '../authenticator.js';
import { refused, type Refused } from '../decide/decision.js';
import type { RequestLike } from '../extract/carrier.js';
import type { CrossSiteCheck, HandledMethods } from '../extract/cross-site.js';
import { nodeRequest } from '../extract/node-request.js';
import type { Staleness } from '../identify/freshness.js';
import type { Identity } from '../identify/identity.js';

// Nobody else has this symbol. A WeakMap would hide as well, and cost more than all the rest that a known token costs.
const EXCHANGE = Symbol('exchange');

interface NodeRequest extends RequestLike {
  [EXCHANGE]?: Exchange;
}

/** What is known of a request on its way: for the guard, and for whoever asks about it later, Passport or a handler. */
export class Exchange {
  /** Who was let in. */
  identity: Identity | null = null;
  // Out of sight of whoever prints the request.
  readonly #app: HttpExchanges;
  readonly #raw: RequestLike;
  readonly #request: unknown;
  readonly #staleness: Staleness;
  #response: unknown;
  #handled: HandledMethods = 'any';
  #authentication?: Authentication | Promise<Authentication>;

  constructor(app: HttpExchanges, raw: RequestLike, request: unknown, staleness: Staleness) {
    this.#app = app;
    this.#raw = raw;
    this.#request = request;
    this.#staleness = staleness;
  }

  /** Whether it is about this very request: a copy of one has its symbols, too. */
  isOf(raw: RequestLike): boolean {
    return this.#raw === raw;
  }

  /** Whether it will do for a route of this app that wants to know it so fresh. */
  serves(app: HttpExchanges, staleness: Staleness): boolean {
    return this.#app === app && this.#staleness <= staleness;
  }

  /** What was not known before the route was. */
  reach({ handled }: ReachedRoute, response: unknown): void {
    this.#handled = handled ?? this.#handled;
    this.#response ??= response;
  }

  /** Who asks. Whoever was found is not looked for again; a refusal is found out anew. */
  authenticate(): Authentication | Promise<Authentication> {
    if (this.#authentication === undefined) {
      this.#authentication = this.#app.authenticator.authenticate(this.#raw, this.#staleness);
    }
    return this.#authentication;
  }

  /**
   * The refusal of a request that another site may have made the browser send; `undefined` when nothing speaks for it.
   *
   * @throws {AmbiguousToken} when it brings more tokens than one.
   */
  crossSiteRefusal(): Refused | undefined {
    const reason = this.#app.crossSite?.objection(this.#raw, this.#handled);
    return reason == null ? undefined : refused('ERR_CROSS_SITE', reason);
  }

  /** Puts `WWW-Authenticate` on the response. */
  challenge(value: string): void {
    if (this.#response) this.#app.challenge(this.#response, value);
  }

  /** Makes the identity visible to handlers: as `@CurrentIdentity()` and as `request.user`. */
  admit(identity: Identity): void {
    this.identity = identity;
    (this.#request as { user?: unknown }).user = identity;
  }
}

/** What an exchange is to know of a route. */
export interface ReachedRoute {
  /** None: as fresh as the app wants it. */
  readonly staleness?: Staleness;
  readonly handled?: HandledMethods;
}

/** The requests of one app. Passport's registry belongs to the process, but a request is answered by its own app. */
export class HttpExchanges {
  constructor(
    readonly authenticator: Authenticator,
    private readonly host: HttpAdapterHost,
    private readonly staleness: Staleness,
    /** None where no cookie carries a token. */
    readonly crossSite?: CrossSiteCheck,
  ) {}

  /** What is known of a request; if it has been seen here before, that is kept, unless it is not fresh enough. */
  open(request: unknown, response?: unknown, route: ReachedRoute = {}): Exchange {
    const { staleness = this.staleness } = route;
    const known = exchangeOf(request);
    const exchange = known?.serves(this, staleness) ? known : this.begin(request, staleness);
    exchange.reach(route, response);
    return exchange;
  }

  challenge(response: unknown, value: string): void {
    this.host.httpAdapter.setHeader(response, 'WWW-Authenticate', value);
  }

  private begin(request: unknown, staleness: Staleness): Exchange {
    const raw: NodeRequest = nodeRequest(request);
    const exchange = new Exchange(this, raw, request, staleness);
    raw[EXCHANGE] = exchange;
    return exchange;
  }
}

export function exchangeOf(request: unknown): Exchange | undefined {
  const raw: NodeRequest = nodeRequest(request);
  const exchange = raw[EXCHANGE];
  return exchange?.isOf(raw) ? exchange : undefined;
}
