import { fork } from 'node:child_process';
import { once } from 'node:events';

// Ctrl-C ends the children, and with them what is asked of them; there may be things to put away. Twice is at once.
process.once('SIGINT', () => undefined);

/** A process of its own, and what its script hands to `answerParent()`. */
export class Child {
  #process;
  #waiting = new Map();
  #asked = 0;

  constructor(script, execArgv = []) {
    this.#process = fork(script, { execArgv });
    this.#process.on('message', ({ id, result, error }) => {
      const { resolve, reject } = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) resolve(result);
      else reject(new Error(error));
    });
    this.#process.once('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${script} ended with ${code ?? signal}`));
    });
  }

  ask(name, ...args) {
    const id = (this.#asked += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#process.send({ id, name, args }, (error) => error && reject(error));
    });
  }

  async stop() {
    if (!this.#process.connected) return;
    const ended = once(this.#process, 'exit');
    this.#process.disconnect();
    await ended;
  }
}
