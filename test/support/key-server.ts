import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KeyObject } from 'node:crypto';

export type Jwk = Record<string, unknown>;
export type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

/** The public half of a key as an issuer publishes it, with some members changed; `undefined` removes one. */
export function jwkOf(key: { readonly publicKey: KeyObject }, members: Jwk = {}): Jwk {
  return { ...key.publicKey.export({ format: 'jwk' }), use: 'sig', ...members };
}

/** A server of keys on this machine: what it answers can be changed at any time. */
export class KeyServer {
  /** The paths that were asked for, in order. */
  readonly requests: string[] = [];
  /** What is answered, in the place of everything else. */
  behaviour?: Behaviour;
  /** The discovery document; without it, the one of an issuer that is what it says. */
  document?: unknown;
  #keys: readonly unknown[] = [];
  #server?: Server;
  #port = 0;

  static async start(...keys: readonly unknown[]): Promise<KeyServer> {
    const server = new KeyServer();
    server.publish(...keys);
    await server.start();
    return server;
  }

  get issuer(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get url(): string {
    return `${this.issuer}/jwks`;
  }

  publish(...keys: readonly unknown[]): void {
    this.#keys = keys;
    this.behaviour = undefined;
  }

  /** Where it has been before. */
  async start(): Promise<void> {
    this.#server = createServer((request, response) => this.#answer(request, response));
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Nobody listens from now on, and connections break. */
  async stop(): Promise<void> {
    const stopped = new Promise((resolve) => this.#server?.close(resolve));
    this.#server?.closeAllConnections();
    await stopped;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = String(request.url);
    this.requests.push(path);
    if (this.behaviour) return this.behaviour(request, response);
    if (/^\/jwks(\?|$)/.test(path)) return json({ keys: this.#keys })(request, response);
    return json(this.document ?? { issuer: this.issuer, jwks_uri: this.url })(request, response);
  }
}

export const json = (value: unknown): Behaviour => text(JSON.stringify(value));

export function text(body: string | Uint8Array, headers: Record<string, string> = {}): Behaviour {
  return (_request, response) => response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(body);
}

export function status(code: number): Behaviour {
  return (_request, response) => response.writeHead(code).end('{"keys":[]}');
}

export function redirect(location: string, code = 302): Behaviour {
  return (_request, response) => response.writeHead(code, { location }).end();
}

/** Takes a request and says nothing. */
export const silence: Behaviour = () => undefined;

/** Begins an answer and goes on with it, byte by byte, for as long as somebody listens. */
export const drip: Behaviour = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const timer = setInterval(() => response.write(' '), 20);
  response.once('close', () => clearInterval(timer));
};

/** Breaks off in the middle of an answer. */
export const torn: Behaviour = (_request, response) => {
  response.writeHead(200, { 'content-length': '100' }).write('{"keys":');
  setTimeout(() => response.destroy(), 10);
};

/** An answer without a length that goes on for as long as somebody listens; says how much of it was sent. */
export function endless(): Behaviour & { sent: number } {
  const chunk = Buffer.alloc(16_384, ' ');
  const behaviour = Object.assign(
    (_request: IncomingMessage, response: ServerResponse): void => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = (): void => {
        while (!response.destroyed && response.write(chunk)) behaviour.sent += chunk.length;
      };
      response.on('drain', more);
      more();
    },
    { sent: 0 },
  );
  return behaviour;
}
