import { type INestApplication, type ModuleMetadata } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';

/** The HTTP platforms that every promise is checked on. */
export const PLATFORMS = [
  ['express', () => new ExpressAdapter()],
  ['fastify', () => new FastifyAdapter()],
] as const;

export type AdapterFactory = (typeof PLATFORMS)[number][1];

/** A listening app and its address. Close it in `afterAll`. */
export async function listen(
  metadata: ModuleMetadata,
  adapter: AdapterFactory,
  prepare?: (app: INestApplication) => void,
): Promise<{ app: INestApplication; url: string }> {
  const module = await Test.createTestingModule(metadata).compile();
  const app = module.createNestApplication(adapter(), { logger: false });
  prepare?.(app);
  await app.listen(0, '127.0.0.1');
  return { app, url: await app.getUrl() };
}
