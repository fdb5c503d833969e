import 'reflect-metadata';
import { announce } from './announce.js';
import { ConfigError, readConfig } from './config.js';
import { createApp } from './create-app.js';
import { DatabaseUnreachable } from './database/database.js';
import { RedisUnreachable } from './redis/redis.js';

try {
  const config = readConfig(process.env);
  // Buffered, so that a start that fails says so once and in its own words.
  const app = await createApp(config, { logger: ['warn', 'error', 'fatal'], bufferLogs: true, autoFlushLogs: false });
  app.flushLogs();
  app.enableShutdownHooks(['SIGINT', 'SIGTERM'], { useProcessExit: true });
  await app.listen(config.port, config.host);
  announce(config, await app.getUrl());
} catch (error) {
  console.error(explain(error));
  process.exit(1);
}

/** What someone can mend is said in a line; anything else is a bug and shown whole. */
function explain(error: unknown): unknown {
  if (error instanceof ConfigError || error instanceof DatabaseUnreachable || error instanceof RedisUnreachable) {
    return error.message;
  }
  if (error instanceof Error && 'code' in error && 'port' in error && error.code === 'EADDRINUSE') {
    return `PORT ${String(error.port)} is taken: stop what listens there, or set PORT to another one.`;
  }
  return error;
}
