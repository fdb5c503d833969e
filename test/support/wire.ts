import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A way to a server that can be taken away. */
export interface Wire {
  readonly url: string;
  /** Ends all connections and takes no new ones. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  /** Keeps all connections, takes new ones, and lets nothing through. */
  stall(): void;
}

export async function openWire(target: string, defaultPort: number): Promise<Wire> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let stalled = false;
  const server: Server = createServer((near) => {
    const far = connect(Number(port || defaultPort), hostname);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      if (!stalled) socket.pipe(other);
    }
  });
  const listen = async (at: number): Promise<number> => {
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  };
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  const own = await listen(0);
  url.port = String(own);
  return {
    url: url.href,
    cut: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    mend: async () => {
      stalled = false;
      await listen(own);
    },
    stall: () => {
      stalled = true;
      for (const socket of sockets) socket.unpipe();
    },
  };
}
