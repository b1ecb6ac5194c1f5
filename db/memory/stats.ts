import { type RawBuilder, sql } from 'kysely'
import { isLive } from './conditions.ts'
import type { Db } from '../connection/connect.ts'
import { isAmong } from '../connection/membership.ts'

/** Rows of the breakdowns by namespace and by type. */
const MAX_ROWS = 50
const MAX_TOP_TAGS = 10

const rowCount = sql<number>`count(*)`

/**
 * Counts the owner's live memories, or those of one namespace. Breakdowns are ordered by number,
 * then by name; at most 50 namespaces and types, and 10 tags.
 */
export async function findMemoryStats(db: Db, userId: string, agentName?: string) {
  const memories = countedMemories(db, userId, agentName)
  const totals = await memories
    .select([
      rowCount.as('total_memories'),
      sql<number>`coalesce(sum(octet_length(value)), 0)::float8`.as('value_bytes'),
      sql<number>`count(*) - count(distinct md5(value))`.as('duplicates'),
      countOlder('updated_at', 90).as('unchanged_90days'),
      countOlder('last_accessed_at', 30).as('unused_30days'),
      countOlder('last_accessed_at', 90).as('unused_90days'),
      sql<number>`count(expires_at)`.as('expiring'),
      sql<Date | null>`min(created_at)`.as('first_created_at'),
      sql<Date | null>`max(updated_at)`.as('last_updated_at')
    ])
    .executeTakeFirstOrThrow()
  const namespaces = await memories
    .select(['agent_name', rowCount.as('memories')])
    .groupBy('agent_name')
    .orderBy('memories', 'desc')
    .orderBy('agent_name')
    .limit(MAX_ROWS)
    .execute()
  const types = await memories
    .select(['type', rowCount.as('memories')])
    .groupBy('type')
    .orderBy('memories', 'desc')
    .orderBy('type')
    .limit(MAX_ROWS)
    .execute()
  const topTags = await listTopTags(db, userId, agentName)
  return { ...totals, namespaces, types, top_tags: topTags }
}

function countedMemories(db: Db, userId: string, agentName?: string) {
  return db
    .selectFrom('memories')
    .where('user_id', '=', userId)
    .where(isLive())
    .$if(agentName !== undefined, (query) => query.where('agent_name', '=', agentName!))
}

function countOlder(column: 'updated_at' | 'last_accessed_at', days: number): RawBuilder<number> {
  return sql<number>`count(*) filter (
    where coalesce(${sql.ref(column)}, created_at) < now() - make_interval(days => ${days}))`
}

function listTopTags(db: Db, userId: string, agentName?: string) {
  return db
    .selectFrom(
      countedMemories(db, userId, agentName)
        .select(sql<string>`jsonb_array_elements_text(tags)`.as('tag'))
        .as('tagged')
    )
    .select(['tag', rowCount.as('memories')])
    .groupBy('tag')
    .orderBy('memories', 'desc')
    .orderBy('tag')
    .limit(MAX_TOP_TAGS)
    .execute()
}

/** Counts former versions of the owner's memories, and the deleted memories among them. */
export function countVersions(db: Db, userId: string) {
  const isPresent = isAmong(
    'memory_id',
    sql`select memory_id from ${sql.table('memories')} as memories where user_id = ${userId}`
  )
  return db
    .selectFrom('memory_versions')
    .where('user_id', '=', userId)
    .select([
      sql<number>`count(*) filter (where not deleted)`.as('former_versions'),
      sql<number>`count(distinct memory_id) filter (where not ${isPresent})`.as('restorable')
    ])
    .executeTakeFirstOrThrow()
}
