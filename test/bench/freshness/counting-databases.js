import { Client, Pool } from 'pg';

/** A PostgreSQL server. Counts the queries that its client really sends. */
export class ServerDatabase {
  queries = 0;
  #pool;

  constructor(address) {
    const count = () => (this.queries += 1);
    class CountingClient extends Client {
      query(...query) {
        count();
        return super.query(...query);
      }
    }
    this.#pool = new Pool({ connectionString: address, Client: CountingClient });
  }

  query(text, parameters) {
    return this.#pool.query(text, parameters);
  }

  close() {
    return this.#pool.end();
  }
}

/** A PostgreSQL in this process, which ends with it. */
export class EmbeddedDatabase {
  queries = 0;
  #database;

  static async open() {
    const { PGlite } = await import('@electric-sql/pglite');
    const opened = new EmbeddedDatabase();
    opened.#database = await PGlite.create();
    return opened;
  }

  query(text, parameters) {
    this.queries += 1;
    return this.#database.query(text, parameters);
  }
}
