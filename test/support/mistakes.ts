import { Module, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { PolicyConfigurationError } from 'nestjs-jwt-policy';

/** The configuration error that some code throws; any other error passes through. */
export function mistakeOf(configure: () => unknown): PolicyConfigurationError {
  try {
    configure();
  } catch (error) {
    if (error instanceof PolicyConfigurationError) return error;
    throw error;
  }
  throw new Error('no mistake was found');
}

/** Starts an app as `main.ts` would, and stops it. */
export async function boot(metadata: ModuleMetadata): Promise<void> {
  class AppModule {}
  Module(metadata)(AppModule);
  const app = await NestFactory.create(AppModule, new ExpressAdapter(), { logger: false, abortOnError: false });
  try {
    await app.init();
  } finally {
    await app.close();
  }
}

/** What a message must have: the option, what is wrong with it, and a fix. */
export function mistake(option: string, problem: RegExp = /./): object {
  return {
    name: 'PolicyConfigurationError',
    code: 'ERR_POLICY_CONFIGURATION',
    option: expect.stringContaining(option) as unknown,
    message: expect.stringMatching(
      new RegExp(`^${option.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}.*(?:${problem.source}).*: \\S.*\\.$`),
    ) as unknown,
  };
}
