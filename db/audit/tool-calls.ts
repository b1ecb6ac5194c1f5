import { type Selectable, sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'
import { isOwnedBy } from '../connection/membership.ts'
import { isBehindPosition, type Position, positionTime } from '../connection/position.ts'
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

export interface CallFilter {
  /** The key_id or client_id of the caller. */
  app_id?: string | undefined
  tool?: string | undefined
  /** Calls that succeeded, or those that did not. */
  outcome?: 'ok' | 'failed' | undefined
  from?: Date | undefined
  until?: Date | undefined
}

export type CallEntry = Selectable<ToolCallsTable> & { position: string }

/** Calls that one page examines to find those that the filter lets through. */
const MAX_EXAMINED_CALLS = 10_000

/**
 * A page of calls, newest first. Of a rare tool it examines a bounded number of calls: `rest` is
 * where a next page goes on, undefined at the end.
 */
export async function listCallEntries(
  db: Db,
  userId: string,
  { tool, outcome, ...filter }: CallFilter,
  { limit, after }: { limit: number; after?: Position | undefined }
): Promise<{ calls: CallEntry[]; rest: Position | undefined }> {
  const examined = selectCalls(db, userId, filter)
    .selectAll()
    .$if(after !== undefined, (query) => query.where(isBehindPosition(calledAt, callId, after!)))
    .orderBy('called_at', 'desc')
    .orderBy(callId, 'desc')
    .limit(tool === undefined && outcome === undefined ? limit + 1 : MAX_EXAMINED_CALLS)
  const calls = await db
    .selectFrom(examined.as('c'))
    .selectAll('c')
    .select(positionTime(sql`c.called_at`).as('position'))
    .$if(tool !== undefined, (query) => query.where('c.tool', '=', tool!))
    .$if(outcome === 'ok', (query) => query.where('c.outcome', '=', 'ok'))
    .$if(outcome === 'failed', (query) => query.where('c.outcome', '<>', 'ok'))
    .orderBy('c.called_at', 'desc')
    .orderBy(sql`c.call_no`, 'desc')
    .limit(limit + 1)
    .execute()
  const listed = calls.slice(0, limit)
  if (calls.length > limit) return { calls: listed, rest: positionOfCall(listed.at(-1)!) }
  if (tool === undefined && outcome === undefined) return { calls: listed, rest: undefined }
  const [last] = await examined
    .select(positionTime(calledAt).as('position'))
    .offset(MAX_EXAMINED_CALLS - 1)
    .execute()
  return { calls: listed, rest: last && positionOfCall(last) }
}

const calledAt = sql<Date>`called_at`
/** Padded, so that texts sort as the numbers do. */
const callId = sql<string>`lpad(call_no::text, 19, '0')`

function positionOfCall(call: Pick<CallEntry, 'position' | 'call_no'>): Position {
  return { time: call.position, id: String(call.call_no).padStart(19, '0') }
}

function selectCalls(db: Db, userId: string, { app_id: appId, from, until }: CallFilter) {
  return db
    .selectFrom('tool_calls') // indexes tool_calls_called and tool_calls_app
    .where('user_id', '=', userId)
    .$if(appId !== undefined, (query) => query.where('app_id', '=', appId!))
    .$if(from !== undefined, (query) => query.where('called_at', '>=', from!))
    .$if(until !== undefined, (query) => query.where('called_at', '<', until!))
}

/** One call of this person. */
export function findToolCall(
  db: Db,
  userId: string,
  callNumber: number
): Promise<Selectable<ToolCallsTable> | undefined> {
  return db
    .selectFrom('tool_calls')
    .selectAll()
    .where('call_no', '=', callNumber)
    .where('user_id', '=', userId)
    .executeTakeFirst()
}

/** The calls of each app since a time: app_id -> number. `limit` stands for that many or more. */
export async function countCallsOfApps(
  db: Db,
  userId: string,
  appIds: string[],
  { since, limit }: { since: Date; limit: number }
): Promise<Map<string, number>> {
  // Index tool_calls_app_time.
  const counted = db
    .selectFrom('tool_calls')
    .select('call_no')
    .where(isOwnedBy('app', userId))
    .where('app_id', '=', sql.ref<string>('a.app_id'))
    .where('called_at', '>=', since)
    .orderBy('called_at', 'desc')
    .limit(limit)
  const rows = await db
    .selectFrom(sql<{ app_id: string }>`unnest(${appIds}::text[])`.as<'a'>(sql`a(app_id)`))
    .innerJoinLateral(
      db
        .selectFrom(counted.as('c'))
        .select(sql<number>`count(*)::int`.as('calls'))
        .as('n'),
      (join) => join.onTrue()
    )
    .select(['a.app_id', 'n.calls'])
    .execute()
  return new Map(rows.map(({ app_id: appId, calls }) => [appId, calls]))
}

/** Deletes calls of a user: those of an app, those before a time, or both together; how many. */
export async function deleteToolCalls(
  db: Db,
  userId: string,
  { app_id: appId, until }: Pick<CallFilter, 'app_id' | 'until'>
): Promise<number> {
  const { numDeletedRows: calls } = await db
    .deleteFrom('tool_calls')
    .where('user_id', '=', userId)
    .$if(appId !== undefined, (query) => query.where('app_id', '=', appId!))
    .$if(until !== undefined, (query) => query.where('called_at', '<', until!))
    .executeTakeFirstOrThrow()
  return Number(calls)
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
