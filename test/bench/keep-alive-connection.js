import { once } from 'node:events';
import { connect } from 'node:net';

const LONGEST_WAIT = 30_000;

/**
 * A connection that asks one thing after another and costs its own process next to nothing. It reads what Express and
 * Fastify send here: a status, and a body whose length is given.
 */
export class KeepAliveConnection {
  #socket;
  #host;
  #received = '';
  #waiting;

  static async open(url) {
    const { hostname, port, host } = new URL(url);
    const socket = connect(Number(port), hostname).setNoDelay(true);
    await once(socket, 'connect');
    return new KeepAliveConnection(socket, host);
  }

  constructor(socket, host) {
    this.#socket = socket.setEncoding('latin1');
    this.#host = host;
    socket.on('data', (text) => this.#read(text));
    socket.setTimeout(LONGEST_WAIT, () => this.#waiting?.reject(new Error('no answer')));
    socket.on('error', (error) => this.#waiting?.reject(error));
    socket.on('close', () => this.#waiting?.reject(new Error('the server closed the connection')));
  }

  request(method, path, token) {
    const lines = [`${method} ${path} HTTP/1.1`, `Host: ${this.#host}`];
    if (token !== undefined) lines.push(`Authorization: Bearer ${token}`);
    if (method === 'POST') lines.push('Content-Length: 0');
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) reject(new Error('the server has closed the connection'));
      this.#waiting = { resolve, reject };
      this.#socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
    });
  }

  close() {
    this.#socket.destroy();
  }

  #read(text) {
    this.#received += text;
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#received.slice(0, end);
    const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
    const body = this.#received.slice(end + 4);
    if (body.length < length) return;
    const { resolve } = this.#waiting;
    this.#received = '';
    this.#waiting = undefined;
    resolve({ status: Number(head.slice(9, 12)), body });
  }
}
