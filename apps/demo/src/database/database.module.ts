import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '../config.js';
import { type Connection, DATABASE } from './database.js';
import { openEmbedded } from './embedded.js';
import { openServed } from './served.js';

const CONNECTION = Symbol('CONNECTION');

@Global()
@Module({
  providers: [
    {
      provide: CONNECTION,
      inject: [Config],
      useFactory: ({ databaseUrl, examplePeople }: Config) =>
        databaseUrl === undefined ? openEmbedded(examplePeople) : openServed(databaseUrl, examplePeople),
    },
    { provide: DATABASE, inject: [CONNECTION], useFactory: ({ db }: Connection) => db },
  ],
  exports: [DATABASE],
})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(@Inject(CONNECTION) private readonly connection: Connection) {}

  onApplicationShutdown(): Promise<void> {
    return this.connection.close();
  }
}
