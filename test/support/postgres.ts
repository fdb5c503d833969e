import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

const candidates = process.env.DATABASE_URL
  ? [process.env.DATABASE_URL]
  : ['postgres://postgres@127.0.0.1:5432/test', 'postgres://postgres@127.0.0.1:5432/postgres'];

const probe = `
  import pg from 'pg';
  const client = new pg.Client({ connectionString: process.argv[1], connectionTimeoutMillis: 2000 });
  client.on('error', () => {});
  client.connect().then(() => process.exit(0), () => process.exit(1));`;

/** The server that tests may make databases on, if there is one. Jest must know it before the first test is declared. */
const postgresUrl = candidates.find(
  (url) => spawnSync(process.execPath, ['--input-type=module', '-e', probe, url]).status === 0,
);

/** `describe`, or a `describe.skip` that is reported by name where there is no server. */
export const describeWithPostgres = postgresUrl === undefined ? describe.skip : describe;

export interface TemporaryDatabase {
  readonly url: string;
  query(sql: string): Promise<Record<string, unknown>[]>;
  drop(): Promise<void>;
}

/** An empty database of its own on that server. */
export async function createDatabase(): Promise<TemporaryDatabase> {
  if (postgresUrl === undefined) throw new Error('there is no PostgreSQL server');
  const name = `test_${randomBytes(8).toString('hex')}`;
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  await run(postgresUrl, `create database ${name}`);
  return {
    url: url.href,
    query: (sql) => run(url.href, sql),
    drop: async () => {
      await run(postgresUrl, `drop database if exists ${name} with (force)`);
    },
  };
}

async function run(connectionString: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
