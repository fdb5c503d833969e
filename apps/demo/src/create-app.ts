import type { ServerResponse } from 'node:http';
import { type INestApplication, type NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import type { Config } from './config.js';
import { jsonBody } from './http/json-body.js';
import { noStore } from './http/no-store.js';
import { malformedPath, plainPath } from './http/plain-path.js';

const MAX_BODY_BYTES = 4 * 1024;

/** The whole shop on the platform of its configuration, ready to listen. */
export async function createApp(config: Config, options: NestApplicationOptions = {}): Promise<INestApplication> {
  const adapter = config.platform === 'fastify' ? fastify() : express();
  const app = await NestFactory.create(AppModule.forRoot(config), adapter, {
    bodyParser: false,
    abortOnError: false,
    ...options,
  });
  app.use(noStore);
  if (config.platform === 'express') app.use(plainPath);
  app.use(jsonBody(MAX_BODY_BYTES));
  return app;
}

function express(): ExpressAdapter {
  const adapter = new ExpressAdapter();
  adapter.disable('x-powered-by');
  return adapter;
}

/** Routes as Express does, and leaves bodies to the middleware both share. */
function fastify(): FastifyAdapter {
  const adapter = new FastifyAdapter({
    routerOptions: {
      caseSensitive: false,
      ignoreTrailingSlash: true,
      ignoreDuplicateSlashes: true,
      maxParamLength: 16_384,
    },
    // The router's only error is a path it cannot read, which no filter would see.
    frameworkErrors: (_error: unknown, _request: unknown, { raw }: { raw: ServerResponse }) => {
      raw.writeHead(400, { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' });
      raw.end(JSON.stringify(malformedPath().getResponse()));
    },
  });
  const instance = adapter.getInstance();
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser('*', (request, _payload, done) => {
    done(null, 'body' in request.raw ? request.raw.body : undefined);
  });
  return adapter;
}
