import type { Answer } from './http.js';
import { sendRaw } from './raw-http.js';

interface Stored {
  readonly name: string;
  readonly value: string;
  readonly domain: string;
  readonly hostOnly: boolean;
  readonly path: string;
  readonly secure: boolean;
  readonly sameSite: string;
  readonly endsAt: number;
}

interface Sent {
  readonly method?: string;
  /** The origin of the page that sends it. A cross-site GET is a link that is followed. */
  readonly from?: string;
  readonly headers?: readonly string[];
}

/** What tells the browsers apart: all of today send `Sec-Fetch-Site`, over https. */
type Age = 'of today' | 'of yesterday';

/** Keeps and sends cookies, and says where requests come from, as a browser does (RFC 6265bis) with an app at `origin`. */
export class Browser {
  private readonly jar = new Map<string, Stored>();

  constructor(
    private readonly url: string,
    private readonly origin = 'https://shop.example',
    private readonly age: Age = 'of today',
  ) {}

  /** The names and values that it would send to a path. */
  cookies(path = '/', from = this.origin, method = 'GET'): Record<string, string> {
    return Object.fromEntries(this.sentTo(path, from, method).map(({ name, value }) => [name, value]));
  }

  keep(name: string, value: string): void {
    this.store(`${name}=${value}; Path=/; Secure; SameSite=Lax`);
  }

  async send(path: string, { method = 'GET', from = this.origin, headers = [] }: Sent = {}): Promise<Answer> {
    const { host } = new URL(this.origin);
    const cookies = this.sentTo(path, from, method).map(({ name, value }) => `${name}=${value}`);
    const lines = [...this.proof(from, method), ...headers, 'Content-Length: 0'];
    if (cookies.length > 0) lines.push(`Cookie: ${cookies.join('; ')}`);
    const answer = await sendRaw(this.url, lines, { path, method, host });
    for (const line of answer.headers.getSetCookie()) this.store(line);
    return answer;
  }

  private proof(from: string, method: string): string[] {
    const lines = method === 'GET' ? [] : [`Origin: ${from}`];
    if (this.age === 'of today' && this.origin.startsWith('https:')) lines.push(`Sec-Fetch-Site: ${this.siteOf(from)}`);
    return lines;
  }

  private siteOf(from: string): 'same-origin' | 'same-site' | 'cross-site' {
    if (from === this.origin) return 'same-origin';
    return siteIn(from) === siteIn(this.origin) ? 'same-site' : 'cross-site';
  }

  private sentTo(path: string, from: string, method: string): Stored[] {
    const { hostname, protocol } = new URL(this.origin);
    const crossSite = this.siteOf(from) === 'cross-site';
    return [...this.jar.values()].filter(
      (cookie) =>
        cookie.endsAt > Date.now() &&
        (cookie.hostOnly ? hostname === cookie.domain : isWithin(hostname, cookie.domain)) &&
        (path === cookie.path || path.startsWith(cookie.path.replace(/\/?$/, '/'))) &&
        (protocol === 'https:' || !cookie.secure) &&
        (!crossSite || (cookie.sameSite === 'Lax' && method === 'GET')),
    );
  }

  /** @throws where a browser would drop the cookie without a word. */
  private store(line: string): void {
    const { hostname, protocol } = new URL(this.origin);
    const [pair, ...rest] = line.split('; ');
    const attributes = new Map(rest.map((text) => [text.split('=', 1)[0], text.slice(text.indexOf('=') + 1)]));
    const name = pair.slice(0, pair.indexOf('='));
    const domain = attributes.get('Domain');
    if (domain !== undefined && !isWithin(hostname, domain)) return;
    const path = attributes.get('Path') ?? '/';
    const secure = attributes.has('Secure');
    if (secure && protocol !== 'https:') throw new Error(`${name} is Secure, and this is plain http`);
    if (name.startsWith('__') && !secure) throw new Error(`${name} is not Secure`);
    if (name.startsWith('__Host-') && (path !== '/' || domain !== undefined)) {
      throw new Error(`${name} is not of the host`);
    }
    if (pair.length > 4097) throw new Error(`${name} is too long`);
    const maxAge = attributes.get('Max-Age');
    this.jar.set(`${name};${domain ?? ''};${path}`, {
      name,
      value: pair.slice(name.length + 1),
      domain: domain ?? hostname,
      hostOnly: domain === undefined,
      path,
      secure,
      sameSite: attributes.get('SameSite') ?? 'Lax',
      endsAt: maxAge === undefined ? Number.POSITIVE_INFINITY : Date.now() + Number(maxAge) * 1000,
    });
  }
}

/** The scheme and the last two labels: enough for the hosts of these tests. */
function siteIn(origin: string): string {
  const { protocol, hostname } = new URL(origin);
  return `${protocol}//${hostname.split('.').slice(-2).join('.')}`;
}

function isWithin(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}
