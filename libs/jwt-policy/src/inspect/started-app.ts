import type { INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type JwtPolicySettings, SETTINGS } from '../jwt-policy.options.js';
import { TokenService } from '../token.service.js';
import { withinTime } from '../time-limit.js';
import { appFailure } from './app-failure.js';
import { CommandFailure, type Print } from './command.js';
import type { AppModule } from './module-export.js';

const CLOSE_TIMEOUT = 5_000;

/** An app that has been started without listening. */
export class StartedApp {
  private constructor(private readonly context: INestApplicationContext) {}

  /** @throws {CommandFailure} when it does not start. */
  static async use<T>(module: AppModule, print: Print, use: (app: StartedApp) => Promise<T>): Promise<T> {
    const app = await StartedApp.start(module);
    try {
      return await use(app);
    } finally {
      await app.close(print);
    }
  }

  private static async start(module: AppModule): Promise<StartedApp> {
    try {
      const options = { logger: false, abortOnError: false } as const;
      return new StartedApp(await NestFactory.createApplicationContext(module, options));
    } catch (error) {
      throw appFailure(error);
    }
  }

  /** What was asked for is there all the same when it does not close. */
  private async close(print: Print): Promise<void> {
    try {
      await withinTime(this.context.close(), CLOSE_TIMEOUT, () => new Error('it takes more than 5 s'));
    } catch (error) {
      print.remark(`The app does not close: ${String(error)}`);
    }
  }

  get settings(): JwtPolicySettings {
    const settings = this.find<JwtPolicySettings>(SETTINGS, 'The app does not import JwtPolicyModule.');
    this.get(TokenService);
    return settings;
  }

  get<T>(type: Type<T>): T {
    return this.find(type, 'The app has another copy of nestjs-jwt-policy: run the one that is installed in the app.');
  }

  private find<T>(token: Type<T> | symbol, otherwise: string): T {
    try {
      return this.context.get<T>(token, { strict: false });
    } catch (error) {
      throw new CommandFailure(otherwise, { cause: error });
    }
  }
}
