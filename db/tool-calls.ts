import { type Selectable, sql } from 'kysely'
import type { Db, Trx } from './connect.ts'
import type { CallOutcome, Source, ToolCallsTable } from './tables/index.ts'

export interface NewToolCall {
  user_id: string
  tool: string
  groups: string[]
  source: Source
  via: 'mcp' | 'rest'
  duration_ms: number
  outcome: CallOutcome
  arguments: Record<string, unknown>
  said: string | null
}

/** Notes calls that were made `age_ms` milliseconds ago, of many people at once; not those of people who have gone, or who cleared their history since. */
export async function insertToolCalls (db: Db, calls: Array<NewToolCall & { age_ms: number }>): Promise<void> {
  const columns = sql.raw(['user_id', 'tool', 'groups', 'source', 'via', 'duration_ms', 'outcome', 'arguments', 'said'].map((name) => `"${name}"`).join(', '))
  const called = sql`clock_timestamp() - make_interval(secs => call.age_ms / 1000)`
  // The lock lets a clearing go first or wait: no call slips past it.
  await sql`insert into tool_calls (${columns}, called_at)
    select call.user_id, call.tool, call.groups, call.source, call.via, call.duration_ms, call.outcome, call.arguments, call.said, ${called}
    from jsonb_to_recordset(${JSON.stringify(calls)}::jsonb) as call(user_id text, tool text, groups text[], source jsonb, via text, duration_ms integer, outcome text,
      arguments jsonb, said text, age_ms double precision)
    join users on users.user_id = call.user_id
    where coalesce(${called} > users.tool_calls_cleared_at, true)
    order by call.age_ms desc for share of users`.execute(db)
}

export interface WantedCalls {
  /** Calls of tools that are in any of these. */
  groups: string[]
  tool?: string | undefined
  limit: number
}

/** The last calls of a person, newest first. */
export function listToolCalls (db: Db, userId: string, { groups, tool, limit }: WantedCalls): Promise<Array<Selectable<ToolCallsTable>>> {
  return db.selectFrom('tool_calls').selectAll().where('user_id', '=', userId)
    .where(sql<boolean>`groups && ${groups}::text[]`)
    .$if(tool !== undefined, (query) => query.where('tool', '=', tool!))
    .orderBy('call_no', 'desc').limit(limit).execute() // primary key
}

/** Forgets what a person's apps called, also what is not written yet. Returns how many calls there were. */
export async function clearToolCalls (trx: Trx, userId: string): Promise<number> {
  await trx.updateTable('users').set({ tool_calls_cleared_at: sql`clock_timestamp()` }).where('user_id', '=', userId).execute()
  const { numDeletedRows: calls } = await trx.deleteFrom('tool_calls').where('user_id', '=', userId).executeTakeFirstOrThrow()
  return Number(calls)
}

/** Forgets calls of more than `days` days ago, `limit` of each person at most; how many there were (index tool_calls_called). */
export async function deleteOldToolCalls (db: Db, days: number, limit: number): Promise<number> {
  const { numAffectedRows: calls } = await sql`delete from tool_calls using users cross join lateral (
      select call_no from tool_calls old where old.user_id = users.user_id and called_at < now() - make_interval(days => ${days}) order by called_at limit ${limit}) over
    where tool_calls.user_id = users.user_id and tool_calls.call_no = over.call_no`.execute(db)
  return Number(calls ?? 0)
}
