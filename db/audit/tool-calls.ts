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
  /** When it was made, by performance.now(). */
  began: number
}

/**
 * Notes calls of many people at once; not those of people who have gone, or who cleared their
 * history since.
 */
export async function insertToolCalls(db: Db, calls: NewToolCall[]): Promise<void> {
  const columns = sql.raw(
    [
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
      .map((name) => `"${name}"`)
      .join(', ')
  )
  await db.transaction().execute(async (trx) => {
    await sql`lock table tool_calls in row exclusive mode`.execute(trx) // a clearing goes first or waits: no call slips past it
    const {
      rows: [clock]
    } = await sql<{
      now: number
    }>`select extract(epoch from clock_timestamp())::float8 * 1000 as now`.execute(trx)
    const offset = clock!.now - performance.now() // of what was waited for nothing counts; a call seems too old rather than too young
    const rows = calls.map(({ began, ...call }) => ({
      ...call,
      called_at: new Date(began + offset)
    }))
    await sql`insert into tool_calls (${columns}) select call.*
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as call(user_id text, tool text, groups text[], source jsonb, via text, duration_ms integer, outcome text,
        arguments jsonb, said text, called_at timestamptz)
      join users on users.user_id = call.user_id
      where coalesce(call.called_at > users.tool_calls_cleared_at, true)
      order by call.called_at for key share of users`.execute(trx)
  })
}

export interface WantedCalls {
  /** Calls of tools that are in any of these. */
  groups: string[]
  tool?: string | undefined
  /** Called from then on, and before then (index tool_calls_called). */
  from?: Date | undefined
  until?: Date | undefined
  limit: number
}

/** The last calls of a person, newest first. */
export function listToolCalls(
  db: Db,
  userId: string,
  { groups, tool, from, until, limit }: WantedCalls
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

/**
 * Forgets what a person's apps called, also what is not written yet. Returns how many calls there
 * were.
 */
export async function clearToolCalls(trx: Trx, userId: string): Promise<number> {
  await trx
    .updateTable('users')
    .set({ tool_calls_cleared_at: sql`clock_timestamp()` })
    .where('user_id', '=', userId)
    .execute()
  await sql`lock table tool_calls in share row exclusive mode`.execute(trx) // what is being written is there to be deleted, what comes later sees the time
  const { numDeletedRows: calls } = await trx
    .deleteFrom('tool_calls')
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
  return Number(calls)
}

/**
 * Forgets calls of more than `days` days ago, `limit` of each person at most; how many there were
 * (index tool_calls_called).
 */
export async function deleteOldToolCalls(db: Db, days: number, limit: number): Promise<number> {
  const { numAffectedRows: calls } =
    await sql`delete from tool_calls using users cross join lateral (
      select call_no from tool_calls old where old.user_id = users.user_id and called_at < now() - make_interval(days => ${days}) order by called_at limit ${limit}) over
    where tool_calls.user_id = users.user_id and tool_calls.call_no = over.call_no`.execute(db)
  return Number(calls ?? 0)
}
