import { PolicyConfigurationError } from '../errors.js';

/** What is used of a client of `ioredis`. */
export interface IoredisClient {
  call(command: string, ...args: string[]): Promise<unknown>;
  duplicate(override: { enableOfflineQueue: boolean }): IoredisClient;
  disconnect(): void;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** What is used of a client of `redis`, also known as node-redis. */
export interface NodeRedisClient {
  sendCommand(args: string[]): Promise<unknown>;
  duplicate(): NodeRedisClient;
  connect(): Promise<unknown>;
  disconnect(): Promise<void>;
  /** Since version 5. */
  destroy?(): void;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

export type RedisClient = IoredisClient | NodeRedisClient;

/** One connection to Redis, whichever client makes it. */
export interface RedisConnection {
  command(name: string, ...args: string[]): Promise<unknown>;
  close(): void;
}

/** The connection that the app uses itself. It stays open: it is not ours to close. */
export function sharedConnection(client: RedisClient): RedisConnection {
  const none = { close: () => undefined };
  if (isIoredis(client)) return { ...none, command: (name, ...args) => client.call(name, ...args) };
  if (isNodeRedis(client)) return { ...none, command: (...words) => client.sendCommand(words) };
  throw new PolicyConfigurationError(
    'redisRevocations()',
    'got no client',
    'give a client of ioredis, or one of redis (node-redis) that has connected',
  );
}

/** A second connection to the same server, for commands that wait. */
export function ownConnection(client: RedisClient): RedisConnection {
  if (isIoredis(client)) {
    // Without a queue the first command would fail, because it comes before the connection is there.
    const own = client.duplicate({ enableOfflineQueue: true });
    own.on('error', ignore);
    return { command: (name, ...args) => own.call(name, ...args), close: () => own.disconnect() };
  }
  const own = client.duplicate();
  own.on('error', ignore);
  const connected = own.connect();
  connected.catch(ignore);
  return {
    command: async (...words) => {
      await connected;
      return own.sendCommand(words);
    },
    close: () => void letGo(own).catch(ignore),
  };
}

/** Async, because a client that is not connected throws. */
async function letGo(client: NodeRedisClient): Promise<void> {
  await (client.destroy ? client.destroy() : client.disconnect());
}

// The command that was under way fails as well, and is told about there.
function ignore(): void {}

function isIoredis(client: RedisClient): client is IoredisClient {
  return typeof (client as Partial<IoredisClient> | undefined)?.call === 'function' && hasDuplicate(client);
}

function isNodeRedis(client: RedisClient): client is NodeRedisClient {
  return typeof (client as Partial<NodeRedisClient> | undefined)?.sendCommand === 'function' && hasDuplicate(client);
}

function hasDuplicate(client: RedisClient): boolean {
  return typeof client.duplicate === 'function';
}
