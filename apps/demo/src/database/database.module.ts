import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '../config.js';
import { type Connection, DATABASE, DATABASE_CLIENT } from './database.js';
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
    { provide: DATABASE_CLIENT, inject: [CONNECTION], useFactory: ({ client }: Connection) => client },
  ],
  exports: [DATABASE, DATABASE_CLIENT],
})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(@Inject(CONNECTION) private readonly connection: Connection) {}

  onApplicationShutdown(): Promise<void> {
    return this.connection.close();
  }
}
