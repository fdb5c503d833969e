import { PolicyConfigurationError } from '../errors.js';
import type { Rotation, RotationOutcome, SessionRecord, SessionStore } from '../issue/sessions/session-store.js';
import { KEPT_AFTER_END } from '../stores/kept-after-end.js';
import { type Predecessor, sealsFrom } from '../stores/predecessors.js';
import { ask, type PostgresClient, type Row, sqlStateOf } from './postgres-client.js';
import { type Statements, statementsFor } from './statements.js';

/** The SQLSTATEs of a table and of a column that is not there. */
const MISSING: readonly (string | undefined)[] = ['42P01', '42703'];

/** Keeps sessions in a table of PostgreSQL, one row for each. Made by `postgresSessions()`. */
export class PostgresSessions implements SessionStore {
  private readonly statements: Statements;

  /** @internal */
  constructor(
    private readonly db: PostgresClient,
    private readonly table: string,
  ) {
    this.statements = statementsFor(table);
  }

  /** @throws {PolicyConfigurationError} when the table is not there, or is not as the migration makes it. */
  async open(): Promise<void> {
    try {
      await ask(this.db, this.statements.check, []);
    } catch (error) {
      if (!MISSING.includes(sqlStateOf(error))) throw error;
      throw new PolicyConfigurationError(
        'postgresSessions()',
        `finds no table ${this.table} with the columns that it needs`,
        'run migrations/postgres-sessions.sql of nestjs-jwt-policy, or what postgresSessionsMigration() returns',
      );
    }
  }

  async add({ id, subject, data, family, current, ...times }: SessionRecord): Promise<void> {
    const { openedAt, usedAt, idleEndsAt, endsAt } = times;
    const ends = [openedAt, usedAt, idleEndsAt, endsAt].map((at) => at.getTime());
    const texts = [id, columnOf(subject), data, family, current];
    await ask(this.db, this.statements.add, [...texts, ...ends, Date.now() - KEPT_AFTER_END]);
  }

  async find(id: string): Promise<SessionRecord | null> {
    const [row] = await ask(this.db, this.statements.find, [id]);
    return row ? recordOf(row) : null;
  }

  async rotate({ id, family, presented, next, sealed, ...rotation }: Rotation): Promise<RotationOutcome> {
    const { at, grace, idleEndsAt } = rotation;
    const times = [Math.floor(grace), idleEndsAt.getTime()];
    const values = [id, family, presented, next, at.getTime(), sealed, ...times];
    const [row] = await ask(this.db, this.statements.rotate, values);
    if (!row) return { outcome: 'unknown' };
    const outcome = row.outcome as 'rotated' | 'repeated' | 'expired' | 'unknown' | 'reused' | 'discovered';
    if (outcome === 'repeated') {
      return { outcome, sealed: sealsFrom(JSON.parse(String(row.predecessors)) as Predecessor[], presented) };
    }
    if (outcome === 'reused' || outcome === 'discovered') {
      return { outcome: 'reused', discovered: outcome === 'discovered' };
    }
    return { outcome };
  }

  async list(subject: string, at: Date): Promise<readonly SessionRecord[]> {
    const rows = await ask(this.db, this.statements.list, [columnOf(subject), at.getTime()]);
    return rows.map(recordOf);
  }

  async close(id: string): Promise<boolean> {
    return (await ask(this.db, this.statements.close, [id])).length > 0;
  }
}

/** As JSON, because PostgreSQL has no text for every subject that there can be. */
function columnOf(subject: string): string {
  return JSON.stringify(subject);
}

function recordOf(row: Row): SessionRecord {
  return {
    id: String(row.id),
    subject: JSON.parse(String(row.subject)) as string,
    data: String(row.data),
    family: String(row.family),
    current: String(row.current_token),
    // A number of eight bytes is a text, a number or a bigint, depending on the client.
    openedAt: new Date(Number(row.opened_at)),
    usedAt: new Date(Number(row.used_at)),
    idleEndsAt: new Date(Number(row.idle_ends_at)),
    endsAt: new Date(Number(row.ends_at)),
    isReused: row.is_reused === true,
  };
}
