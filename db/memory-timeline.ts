import { type SelectQueryBuilder, sql } from 'kysely'
import type { Db } from './connect.ts'
import type { Database } from './tables/index.ts'
import type { Position } from './memories.ts'

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
const hasType = (type: string) => sql<boolean>`(strpos(lower(type), lower(${type})) > 0 or strpos(lower(metadata ->> 'type'), lower(${type})) > 0)`

/** Memories by when they happened, or else were first stored, newest first (index memories_happened). */
export function listTimeline (db: Db, userId: string, { after, limit, valueLimit, ...filter }: TimelinePage) {
  return filtered(db.selectFrom('memories'), userId, filter)
    .select(['memory_id', 'agent_name', 'key', 'tags', 'type', 'speaker', 'session_id', happened.as('happened')])
    .select([
      sql<string>`left(value, ${valueLimit})`.as('value'),
      sql<number>`length(value)`.as('value_length'),
      sql<string>`to_char(${happened} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`.as('position')
    ])
    .$if(after !== undefined, (query) => query
      .where(happened, '<=', sql<Date>`${after!.updated_at}::timestamptz`)
      .where(sql<boolean>`(${happened} < ${after!.updated_at}::timestamptz or memory_id > ${after!.memory_id})`))
    .orderBy(happened, 'desc').orderBy('memory_id').limit(limit).execute()
}

/** How many there are of that time, counted to `limit` at most. */
export async function countTimeline (db: Db, userId: string, filter: TimelineFilter, limit: number): Promise<number> {
  const matching = filtered(db.selectFrom('memories'), userId, filter).select('memory_id').limit(limit)
  const { count } = await db.selectFrom(matching.as('matching')).select(sql<number>`count(*)::int`.as('count')).executeTakeFirstOrThrow()
  return count
}

function filtered (memories: SelectQueryBuilder<Database, 'memories', object>, userId: string, { agent_name: agentName, from, to, type }: TimelineFilter) {
  return memories.where('user_id', '=', userId).where(live)
    .$if(from !== undefined, (query) => query.where(happened, '>=', from!))
    .$if(to !== undefined, (query) => query.where(happened, '<', to!))
    .$if(to === undefined, (query) => query.where(happened, '<=', sql<Date>`now()`))
    .$if(agentName !== undefined, (query) => query.where('agent_name', '=', agentName!))
    .$if(type !== undefined, (query) => query.where(hasType(type!)))
}
