/** What is used of a `Pool` or `Client` of `pg`, or a `PGlite` of `@electric-sql/pglite`. */
export interface PostgresClient {
  query(sql: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

export type Row = Readonly<Record<string, unknown>>;

/** The SQLSTATE of an error, of which alone the store makes something. */
export function sqlStateOf(error: unknown): string | undefined {
  return (error as { readonly code?: string } | null | undefined)?.code;
}

/** Asks the database. What it throws says nothing of the values, which errors of some clients carry about with them. */
export async function ask(db: PostgresClient, sql: string, values: unknown[]): Promise<Row[]> {
  try {
    const { rows } = await db.query(sql, values);
    return rows as Row[];
  } catch (error) {
    // oxlint-disable-next-line preserve-caught-error -- it may hold the values, or the row that stands in the way
    throw Object.assign(new Error(`PostgreSQL: ${reasonOf(error)}`), { code: sqlStateOf(error) });
  }
}

function reasonOf(error: unknown): string {
  const { message } = (error ?? {}) as { readonly message?: unknown };
  // Up to the first quotation, which may be one of a value.
  const [told] = typeof message === 'string' ? message.split(/\s'|[`"]/, 1) : [''];
  return told.trim() || (sqlStateOf(error) ?? 'the query failed');
}
