import { MOST_PREDECESSORS } from '../stores/predecessors.js';

/** What the store says to the database about one table. */
export interface Statements {
  readonly check: string;
  readonly add: string;
  readonly find: string;
  readonly rotate: string;
  readonly list: string;
  readonly close: string;
}

const COLUMNS = 'id, subject, data, family, current_token, opened_at, used_at, idle_ends_at, ends_at';
/** How many sessions that have ended go when another is added. */
const SWEPT_AT_ONCE = 10;

/** The session was found to be reused: by the last rotation, or by one before it. */
const REUSED = `outcome in ('discovered', 'reused')`;
const RECORD = `${COLUMNS}, ${REUSED} as is_reused`;
/** At $5. */
const ENDED = `$5::bigint >= least(idle_ends_at, ends_at)`;
const ROTATES = `not ${REUSED} and not ${ENDED} and current_token = $3::text`;
const USED_AT = `greatest($5::bigint, used_at)`;
/** What the paths below compare with: the token that is presented, and when those were replaced that still count. */
const TOLD = `jsonb_build_object('presented', $3::text, 'since', $5::bigint - $7::bigint)`;
const REPEATS = `jsonb_path_exists(predecessors, '$[*] ? (@.hash == $presented && @.replacedAt >= $since)', ${TOLD})`;
const REPLACED = `jsonb_build_object('hash', $3::text, 'sealed', $6::text, 'replacedAt', ${USED_AT})`;
const PREDECESSORS = `jsonb_path_query_array(
  ${REPLACED} || predecessors, '$[0 to ${MOST_PREDECESSORS - 1}] ? (@.replacedAt >= $since)', ${TOLD})`;

/**
 * $1 id, $2 family, $3 presented, $4 next, $5 at, $6 sealed, $7 grace, $8 idleEndsAt.
 *
 * Of two rotations at once the second waits for the row, and then PostgreSQL computes everything here anew from what the
 * first has left. It does so for the row that is updated and for no other one: there must be no join and no sub-select.
 */
function rotate(table: string): string {
  const whenItRotates = (column: string, value: string): string =>
    `${column} = case when ${ROTATES} then ${value} else ${column} end`;
  return `update ${table} set
    outcome = case
      when ${REUSED} then 'reused'
      when ${ENDED} then 'expired'
      when ${ROTATES} then 'rotated'
      when ${REPEATS} then 'repeated'
      when $5::bigint < used_at then 'unknown'
      else 'discovered' end,
    ${whenItRotates('current_token', '$4::text')},
    ${whenItRotates('predecessors', PREDECESSORS)},
    ${whenItRotates('used_at', USED_AT)},
    ${whenItRotates('idle_ends_at', 'least($8::bigint, ends_at)')}
  where id = $1 and family = $2 returning outcome, predecessors::text`;
}

/** $1 to $9 the columns, $10 a time before which everything has ended. */
function add(table: string): string {
  // What somebody else holds is left to the next one: nobody waits, and no two wait for each other.
  return `with swept as (
    delete from ${table} where id = any(array(
      select id from ${table} where idle_ends_at < $10 order by idle_ends_at limit ${SWEPT_AT_ONCE} for update skip locked)))
  insert into ${table} (${COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;
}

export function statementsFor(name: string): Statements {
  // Quoted, so that it may be a word of SQL.
  const table = `"${name}"`;
  return {
    check: `select ${COLUMNS}, predecessors, outcome from ${table} limit 0`,
    add: add(table),
    find: `select ${RECORD} from ${table} where id = $1`,
    rotate: rotate(table),
    list: `select ${RECORD} from ${table}
      where subject = $1 and least(idle_ends_at, ends_at) > $2 order by opened_at, id`,
    close: `delete from ${table} where id = $1 returning id`,
  };
}
