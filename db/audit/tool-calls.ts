import { type Selectable, sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'
import type { CallOutcome, Source, ToolCallsTable } from '../schema/index.ts'

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
  /** When the call began, by performance.now(). */
  began: number
}

const callColumns = [
  'user_id',
  'tool',
  'groups',
  'source',
  'via',
  'duration_ms',
  'outcome',
  'arguments',
  'said',
  'called_at'
]

/**
 * Inserts the calls of many users at once. It skips users who are gone, and calls made before the
 * user cleared the history.
 */
export async function insertToolCalls(db: Db, calls: NewToolCall[]): Promise<void> {
  await db.transaction().execute(async (trx) => {
    // A concurrent clearToolCalls runs before or after, so no call escapes it.
    await sql`lock table tool_calls in row exclusive mode`.execute(trx)
    const {
      rows: [clock]
    } = await sql<{
      now: number
    }>`select extract(epoch from clock_timestamp())::float8 * 1000 as now`.execute(trx)
    // Waiting for the answer makes the calls look too old rather than too young.
    const clockOffset = clock!.now - performance.now()
    const callRows = calls.map(({ began, ...call }) => ({
      ...call,
      called_at: new Date(began + clockOffset)
    }))
    await sql`insert into tool_calls (${sql.join(callColumns.map((name) => sql.ref(name)))})
      select call.* from jsonb_to_recordset(${JSON.stringify(callRows)}::jsonb) as call(
        user_id text, tool text, groups text[],
        source jsonb, via text, duration_ms integer, outcome text, arguments jsonb, said text,
        called_at timestamptz)
      join users on users.user_id = call.user_id
      where coalesce(call.called_at > users.tool_calls_cleared_at, true)
      order by call.called_at for key share of users`.execute(trx)
  })
}

export interface ToolCallFilter {
  /** Calls of tools that belong to any of these groups. */
  groups: string[]
  tool?: string | undefined
  /** Called at or after `from`, and before `until` (index tool_calls_called). */
  from?: Date | undefined
  until?: Date | undefined
  limit: number
}

/** The latest calls of a user, newest first. */
export function listToolCalls(
  db: Db,
  userId: string,
  { groups, tool, from, until, limit }: ToolCallFilter
): Promise<Array<Selectable<ToolCallsTable>>> {
  return db
    .selectFrom('tool_calls')
    .selectAll()
    .where('user_id', '=', userId)
    .where(sql<boolean>`groups && ${groups}::text[]`)
    .$if(tool !== undefined, (query) => query.where('tool', '=', tool!))
    .$if(from !== undefined, (query) => query.where('called_at', '>=', from!))
    .$if(until !== undefined, (query) => query.where('called_at', '<', until!))
    .orderBy('call_no', 'desc')
    .limit(limit)
    .execute() // primary key
}

/** Who may have made a call: clients of OAuth and API keys. */
export interface Callers {
  client_ids: string[]
  key_ids: string[]
}

/** A user's first call by any of these since that time (index tool_calls_called). */
export function findFirstCall(
  db: Db,
  userId: string,
  { client_ids: clientIds, key_ids: keyIds }: Callers,
  from: Date
): Promise<Pick<Selectable<ToolCallsTable>, 'tool' | 'outcome' | 'called_at'> | undefined> {
  return db
    .selectFrom('tool_calls')
    .select(['tool', 'outcome', 'called_at'])
    .where('user_id', '=', userId)
    .where('called_at', '>=', from)
    .where(
      sql<boolean>`(source->>'client_id' = any(${clientIds}::text[])
        or source->>'key_id' = any(${keyIds}::text[]))`
    )
    .orderBy('called_at')
    .limit(1)
    .executeTakeFirst()
}

/** Deletes the calls of a user, including those not written yet. Returns how many it deleted. */
export async function clearToolCalls(trx: Trx, userId: string): Promise<number> {
  await trx
    .updateTable('users')
    .set({ tool_calls_cleared_at: sql`clock_timestamp()` })
    .where('user_id', '=', userId)
    .execute()
  // Waits for calls that are being written and deletes them; later writers see the new time.
  await sql`lock table tool_calls in share row exclusive mode`.execute(trx)
  const { numDeletedRows: calls } = await trx
    .deleteFrom('tool_calls')
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
  return Number(calls)
}

/**
 * Deletes calls older than `days` days, at most `limit` of each user (index tool_calls_called).
 * Returns how many.
 */
export async function deleteOldToolCalls(db: Db, days: number, limit: number): Promise<number> {
  const { numAffectedRows: calls } =
    await sql`delete from tool_calls using users cross join lateral (
      select call_no from tool_calls old
      where old.user_id = users.user_id and called_at < now() - make_interval(days => ${days})
      order by called_at limit ${limit}) over
    where tool_calls.user_id = users.user_id and tool_calls.call_no = over.call_no`.execute(db)
  return Number(calls ?? 0)
}
