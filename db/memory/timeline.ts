import { sql } from 'kysely'
import { summaryColumns, pagePosition, valueBeginning } from './columns.ts'
import { isLive } from './conditions.ts'
import type { Db } from '../connection/connect.ts'
import { isWithin, orderedOwner, unknownLimit } from '../connection/membership.ts'
import type { PagePosition } from './memories.ts'

export interface TimelineFilter {
  agent_name?: string | undefined
  /** The first instant; absent means no limit. */
  from?: Date | undefined
  /** The first instant after the time; absent means now. */
  to?: Date | undefined
  /** A part of the type, or of `metadata.type`, without regard to case. */
  type?: string | undefined
}

export interface TimelinePage extends TimelineFilter {
  /** Where the page before ended. `updated_at` is the time of the event here. */
  after?: PagePosition | undefined
  limit: number
  /** Characters of each value to return. */
  valueLimit: number
}

/**
 * The time of the event, or of the storing. Indexes memories_happened and
 * memories_namespace_happened have the same expression.
 */
const happenedAt = sql<Date>`coalesce(occurred_at, created_at)`

function hasType(type: string) {
  return sql<boolean>`(strpos(lower(type), lower(${type})) > 0
    or strpos(lower(metadata ->> 'type'), lower(${type})) > 0)`
}

/** Lists live memories by the time of their event, or else of their storing, newest first. */
export function listTimeline(
  db: Db,
  userId: string,
  { after, limit, valueLimit, ...filter }: TimelinePage
) {
  return timelineMemories(db, userId, filter, after)
    .select([...summaryColumns, 'speaker', 'session_id', 'happened'])
    .select([...valueBeginning(valueLimit), pagePosition('happened')])
    .$if(after !== undefined, (query) =>
      query.where(sql<boolean>`
      (happened < ${after!.updated_at}::timestamptz or memory_id > ${after!.memory_id})`)
    )
    .orderBy('ordered_owner', 'desc')
    .$if(filter.agent_name !== undefined, (query) => query.orderBy('agent_name', 'desc'))
    .orderBy('happened', 'desc')
    .orderBy('memory_id')
    .limit(limit)
    .execute()
}

/** Counts the live memories of that time, up to `limit`. */
export async function countTimeline(
  db: Db,
  userId: string,
  filter: TimelineFilter,
  limit: number
): Promise<number> {
  const matchingMemories = timelineMemories(db, userId, filter).select('memory_id').limit(limit)
  const { count } = await db
    .selectFrom(matchingMemories.as('matching'))
    .select(sql<number>`count(*)::int`.as('count'))
    .executeTakeFirstOrThrow()
  return count
}

/**
 * The live memories of that time that pass the filter. The inner limit keeps the other
 * conditions outside, so that PostgreSQL walks one index in its order whatever the filter.
 */
function timelineMemories(
  db: Db,
  userId: string,
  { agent_name: agentName, from, to, type }: TimelineFilter,
  after?: PagePosition
) {
  const lastInstant = after
    ? sql`${after.updated_at}::timestamptz`
    : to
      ? sql`${to}::timestamptz`
      : sql`now()`
  const timeRange = {
    from: from && sql`${from}::timestamptz`,
    until: lastInstant,
    group:
      agentName === undefined
        ? undefined
        : { column: sql.ref('agent_name'), value: sql`${agentName}` }
  }
  const index = agentName === undefined ? 'happened' : 'namespace'
  const orderedMemories = db
    .selectFrom('memories')
    .selectAll()
    .select([happenedAt.as('happened'), orderedOwner(index).as('ordered_owner')])
    .where(isWithin(index, userId, happenedAt, timeRange))
    .orderBy(orderedOwner(index), 'desc')
    .$if(agentName !== undefined, (query) => query.orderBy('agent_name', 'desc'))
    .orderBy(happenedAt, 'desc')
    .limit(unknownLimit)
  return db
    .selectFrom(orderedMemories.as('memories'))
    .where(isLive())
    .$if(to !== undefined, (query) => query.where('happened', '<', to!))
    .$if(agentName !== undefined, (query) => query.where('agent_name', '=', agentName!))
    .$if(type !== undefined, (query) => query.where(hasType(type!)))
}
