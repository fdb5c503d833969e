import { PolicyConfigurationError } from '../errors.js';

/** What is used of a client of `ioredis`. */
export interface IoredisClient {
  readonly status?: string;
  call(command: string, ...args: string[]): Promise<unknown>;
  duplicate(override: object): IoredisClient;
  disconnect(): void;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** What is used of a client of `redis`, also known as node-redis. */
export interface NodeRedisClient {
  readonly isOpen: boolean;
  readonly isReady?: boolean;
  sendCommand(args: string[], options?: object): Promise<unknown>;
  duplicate(): NodeRedisClient;
  connect(): Promise<unknown>;
  disconnect(): Promise<void>;
  /** Since version 5. */
  destroy?(): void;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

export type RedisClient = IoredisClient | NodeRedisClient;

/** One connection to Redis, whichever client makes it. What it throws says nothing of passwords or arguments. */
export interface RedisConnection {
  command(name: string, ...args: string[]): Promise<unknown>;
  close(): void;
}

/** For the second connection of ioredis: commands wait for it, and some are to wait longer than the app's own may. */
const OWN_IOREDIS = { enableOfflineQueue: true, commandTimeout: undefined, socketTimeout: undefined };
/** Texts, whatever the app has told its client to make of them. */
const AS_TEXT = { typeMapping: {} };

/**
 * The connection that the app uses itself. It stays open: it is not ours to close.
 *
 * @param builder What a mistake is told about.
 * @throws {PolicyConfigurationError} when the client is none that is known.
 */
export function sharedConnection(client: RedisClient, builder: string): RedisConnection {
  if (isIoredis(client)) return { command: (...words) => discreet(() => client.call(...words)), close: ignore };
  if (isNodeRedis(client))
    return { command: (...words) => discreet(() => client.sendCommand(words, AS_TEXT)), close: ignore };
  throw new PolicyConfigurationError(
    builder,
    'got no client that it knows',
    'give one of ioredis, or one that createClient() of redis (node-redis) has made; no cluster, pool or sentinel of it',
  );
}

/** @throws {PolicyConfigurationError} for a client of redis (node-redis) whose `connect()` was not called. */
export function refuseUnconnected(client: RedisClient, builder: string): void {
  if (isIoredis(client) || client.isOpen) return;
  throw new PolicyConfigurationError(
    builder,
    'got a client that has not connected',
    'await client.connect() before the app starts',
  );
}

/** Whether a command would wait for a connection now, and be carried out whenever there is one, however late. */
export function isCutOff(client: RedisClient): boolean {
  // One of ioredis that is to connect lazily does so for its first command.
  if (isIoredis(client)) return ![undefined, 'wait', 'ready'].includes(client.status);
  return client.isReady === false;
}

/** A second connection to the same server, for commands that wait. */
export function ownConnection(client: RedisClient): RedisConnection {
  if (isIoredis(client)) {
    const own = client.duplicate(OWN_IOREDIS);
    own.on('error', ignore);
    return { command: (...words) => discreet(() => own.call(...words)), close: () => own.disconnect() };
  }
  const own = client.duplicate();
  own.on('error', ignore);
  const connected = own.connect();
  connected.catch(ignore);
  return {
    command: (...words) => discreet(() => connected.then(() => own.sendCommand(words, AS_TEXT))),
    close: () => void letGo(own).catch(ignore),
  };
}

/** Async, because a client that is not connected throws. */
async function letGo(client: NodeRedisClient): Promise<void> {
  await (client.destroy ? client.destroy() : client.disconnect());
}

// Of an error, because the command that was under way fails as well, and is told about there.
function ignore(): void {}

/** What Redis says up to the first quotation: a server that does not know AUTH repeats the password in one. */
async function discreet<T>(command: () => Promise<T>): Promise<T> {
  try {
    return await command();
  } catch (error) {
    // oxlint-disable-next-line preserve-caught-error -- it may hold the password, and the arguments of the command
    throw new Error(`Redis: ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  const { message = '', code } = error as { readonly message?: string; readonly code?: string };
  const [told] = message.split(/\s'|[`"]/, 1);
  return told.trim() || code || 'the command failed';
}

function isIoredis(client: RedisClient): client is IoredisClient {
  const { call, duplicate } = (client ?? {}) as Partial<IoredisClient>;
  return typeof call === 'function' && typeof duplicate === 'function';
}

function isNodeRedis(client: RedisClient): client is NodeRedisClient {
  const { sendCommand, duplicate, connect } = (client ?? {}) as Partial<NodeRedisClient>;
  // That of a cluster or a sentinel wants to be told where to send the command, too.
  return (
    [sendCommand, duplicate, connect].every((one) => typeof one === 'function') && Number(sendCommand?.length) <= 2
  );
}
