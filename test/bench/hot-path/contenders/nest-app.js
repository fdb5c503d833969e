import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { decorate } from '../../decorate.js';

const ADAPTERS = { express: () => new ExpressAdapter(), fastify: () => new FastifyAdapter() };

/** An app of one module, ready for requests, but not listening. */
export async function nestApp(platform, { imports = [], providers = [], controllers = [] }) {
  class App {}
  decorate(App, [Module({ imports, providers, controllers })]);
  const app = await NestFactory.create(App, ADAPTERS[platform](), { logger: ['error', 'warn'] });
  return app.init();
}

export async function listening(app) {
  await app.listen(0, '127.0.0.1');
  // Connections wait while the other contenders have their turn.
  app.getHttpServer().keepAliveTimeout = 0;
  return app.getUrl();
}
