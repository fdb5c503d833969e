import { Client } from 'pg';

const candidates = process.env['DATABASE_URL']
  ? [process.env['DATABASE_URL']]
  : ['postgres://postgres@127.0.0.1:5432/test', 'postgres://postgres@127.0.0.1:5432/postgres'];

/** The server of `DATABASE_URL` or of this machine; `null` if there is none. */
export async function findPostgres() {
  for (const address of candidates) {
    const client = new Client({ connectionString: address, connectionTimeoutMillis: 2000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.end();
      return address;
    } catch (error) {
      console.log(`No PostgreSQL at ${new URL(address).host}: ${error.message || error.code}`);
    }
  }
  return null;
}
