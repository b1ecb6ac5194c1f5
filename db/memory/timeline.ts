import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { isWithin } from '../connection/membership.ts'

/** Where a page ended: the time of its last memory to the microsecond, and its id. */
interface Position {
  updated_at: string
  memory_id: string
}

export interface TimelineFilter {
  agent_name?: string | undefined
  /** From then on; absent means all that was. */
  from?: Date | undefined
  /** Before then; absent means until now. */
  to?: Date | undefined
  /** Part of the type, or of the type that the metadata names, without regard to case. */
  type?: string | undefined
}

export interface TimelinePage extends TimelineFilter {
  /** Where the page before ended: its last time and id. */
  after?: Position | undefined
  limit: number
  /** Characters of each value that are returned. */
  valueLimit: number
}

const live = sql<boolean>`(expires_at is null or expires_at > now())`
const happened = sql<Date>`coalesce(occurred_at, created_at)`
const hasType = (type: string) => sql<boolean>`(
  strpos(lower(type), lower(${type})) > 0 or strpos(lower(metadata ->> 'type'), lower(${type})) > 0)`

/** Memories by when they happened, or else were first stored, newest first. */
export function listTimeline(
  db: Db,
  userId: string,
  { after, limit, valueLimit, ...filter }: TimelinePage
) {
  return inOrder(db, userId, filter, after)
    .select(['memory_id', 'agent_name', 'key', 'tags', 'type', 'speaker', 'session_id', 'happened'])
    .select([
      sql<string>`left(value, ${valueLimit})`.as('value'),
      sql<number>`length(value)`.as('value_length'),
      sql<string>`to_char(happened at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`.as(
        'position'
      )
    ])
    .$if(after !== undefined, (query) =>
      query.where(sql<boolean>`
      (happened < ${after!.updated_at}::timestamptz or memory_id > ${after!.memory_id})`)
    )
    .orderBy('user_id', 'desc')
    .orderBy('happened', 'desc')
    .orderBy('memory_id')
    .limit(limit)
    .execute()
}

/** How many there are of that time, counted to `limit` at most. */
export async function countTimeline(
  db: Db,
  userId: string,
  filter: TimelineFilter,
  limit: number
): Promise<number> {
  const matching = inOrder(db, userId, filter).select('memory_id').limit(limit)
  const { count } = await db
    .selectFrom(matching.as('matching'))
    .select(sql<number>`count(*)::int`.as('count'))
    .executeTakeFirstOrThrow()
  return count
}

/**
 * The memories of that time that pass the filter. Index memories_happened is walked in its order
 * whatever is chosen among them: `offset 0` keeps the conditions outside.
 */
function inOrder(
  db: Db,
  userId: string,
  { agent_name: agentName, from, to, type }: TimelineFilter,
  after?: Position
) {
  const end = after
    ? sql`${after.updated_at}::timestamptz`
    : to
      ? sql`${to}::timestamptz`
      : sql`now()`
  const walked = db
    .selectFrom('memories')
    .selectAll()
    .select(happened.as('happened'))
    .where(isWithin(userId, happened, { from: from && sql`${from}::timestamptz`, until: end }))
    .orderBy('user_id', 'desc')
    .orderBy(happened, 'desc')
    .offset(0)
  return db
    .selectFrom(walked.as('memories'))
    .where(live)
    .$if(to !== undefined, (query) => query.where('happened', '<', to!))
    .$if(agentName !== undefined, (query) => query.where('agent_name', '=', agentName!))
    .$if(type !== undefined, (query) => query.where(hasType(type!)))
}
