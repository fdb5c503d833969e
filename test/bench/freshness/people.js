/** The people of the shop, in a table of their own. */
export class People {
  #database;
  #table;

  constructor(database, table) {
    this.#database = database;
    this.#table = table;
  }

  /** Makes the table, with so many people who may `view`. */
  async create(count) {
    await this.#database.query(`create table ${this.#table} (id text primary key, permissions text[] not null)`);
    await this.#database.query(
      `insert into ${this.#table} select 'person-' || number, array['view'] from generate_series(1, ${count}) number`,
    );
  }

  async drop() {
    await this.#database.query(`drop table if exists ${this.#table}`);
  }

  async permissionsOf(id) {
    const { rows } = await this.#database.query(`select permissions from ${this.#table} where id = $1`, [id]);
    return rows[0]?.permissions ?? null;
  }

  async setPermissions(id, permissions) {
    await this.#database.query(`update ${this.#table} set permissions = $2 where id = $1`, [id, permissions]);
  }
}
