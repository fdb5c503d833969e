import { AmbiguousToken } from '../errors.js';
import { Carrier } from '../extract/carrier.js';
import { nodeRequest } from '../extract/node-request.js';
import { clearLine, type Cookie, isAbout, isKept, nameIn, setLine } from './cookie.js';
import { type CookieRules, cookieRulesOf, type SessionCookiesOptions } from './cookie-options.js';
import { headersOf } from './response-headers.js';

interface AccessToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/**
 * The tokens that a browser is to keep. What `TokenService` issues, opens and refreshes is one. Without a refresh token,
 * the refresh cookie stays as it is.
 */
export type SessionTokens = AccessToken &
  (
    | { readonly refreshToken: string; readonly refreshExpiresAt: Date }
    | { readonly refreshToken?: undefined; readonly refreshExpiresAt?: undefined }
  );

/**
 * Keeps the tokens of a browser app in cookies that no script can read. Give it to the module as `cookies`, and use it in
 * the handlers that log in, refresh and log out.
 *
 * @throws {PolicyConfigurationError} for any mistake in the options.
 * @example
 * export const cookies = sessionCookies(); // forRoot({ ..., cookies })
 * cookies.set(response, await this.tokens.openSession({ id })); // response: \@Res({ passthrough: true })
 */
export function sessionCookies(options: SessionCookiesOptions = {}): SessionCookies {
  return new SessionCookies(cookieRulesOf(options));
}

/** Made by {@link sessionCookies}. */
export class SessionCookies {
  /** @internal */
  readonly rules: CookieRules;

  /** @internal */
  constructor(rules: CookieRules) {
    this.rules = rules;
  }

  /**
   * Puts the tokens on a response, each for as long as it lives, with `Cache-Control: no-store`. Cookies that were set or
   * cleared on it before are replaced.
   *
   * @throws {TypeError} when it is no response, has left already, or a token does not fit into a cookie.
   */
  set(response: unknown, session: SessionTokens): void {
    const { access, refresh } = this.rules;
    const lines = new Map(access.map((cookie) => [cookie, setLine(cookie, session.token, session.expiresAt)]));
    if (session.refreshToken !== undefined) {
      for (const cookie of refresh) lines.set(cookie, setLine(cookie, session.refreshToken, session.refreshExpiresAt));
    }
    write(response, lines);
  }

  /**
   * Makes the browser forget both tokens. Close the session as well: somebody else may have a copy of them.
   *
   * @throws {TypeError} when it is no response, or has left already.
   */
  clear(response: unknown): void {
    const { access, refresh } = this.rules;
    write(response, new Map([...access, ...refresh].map((cookie) => [cookie, clearLine(cookie)])));
  }

  /**
   * The refresh token of a request; `null` when the browser sent none, which is where its path does not lead to.
   *
   * @throws {AmbiguousToken} when there are two.
   */
  refreshToken(request: unknown): string | null {
    const [token, ...more] = new Carrier(nodeRequest(request)).cookie(this.rules.refresh[0].name);
    if (more.length > 0) throw new AmbiguousToken();
    return token ?? null;
  }

  /** @internal */
  broughtAccess(request: unknown): boolean {
    return new Carrier(nodeRequest(request)).cookie(this.rules.access[0].name).length > 0;
  }

  /** @internal Whether browsers keep an access cookie with this token. */
  keepAccess(token: string): boolean {
    return isKept(this.rules.access[0], token);
  }

  /** @internal */
  canStillSetAccess(response: unknown): boolean {
    const headers = headersOf(response);
    return !headers.sent && headers.lines('Set-Cookie').every((line) => nameIn(line) !== this.rules.access[0].name);
  }
}

function write(response: unknown, lines: ReadonlyMap<Cookie, string>): void {
  const headers = headersOf(response);
  if (headers.sent) throw new TypeError('the response has left already, so that no cookie can go with it');
  const cookies = [...lines.keys()];
  const others = headers.lines('Set-Cookie').filter((line) => !cookies.some((cookie) => isAbout(cookie, line)));
  headers.replace('Set-Cookie', [...others, ...lines.values()]);
  headers.replace('Cache-Control', 'no-store');
}
