import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { isAmong } from '../connection/membership.ts'

/** Rows of the longest breakdowns. */
const MAX_ROWS = 50

/**
 * Counts over all live memories of the owner, or of one namespace. Breakdowns are by number, then
 * by name, at most 50 rows each.
 */
export async function findMemoryStats(db: Db, userId: string, agentName?: string) {
  const memories = db
    .selectFrom('memories')
    .where('user_id', '=', userId)
    .where(sql<boolean>`(expires_at is null or expires_at > now())`)
    .$if(agentName !== undefined, (query) => query.where('agent_name', '=', agentName!))
  const count = sql<number>`count(*)`
  const older = (column: 'updated_at' | 'last_accessed_at', days: number) =>
    sql<number>`count(*) filter (where coalesce(${sql.ref(column)}, created_at) < now() - make_interval(days => ${days}))`

  const totals = await memories
    .select([
      count.as('total_memories'),
      sql<number>`coalesce(sum(octet_length(value)), 0)::float8`.as('value_bytes'),
      sql<number>`count(*) - count(distinct md5(value))`.as('duplicates'),
      older('updated_at', 90).as('unchanged_90days'),
      older('last_accessed_at', 30).as('unused_30days'),
      older('last_accessed_at', 90).as('unused_90days'),
      sql<number>`count(expires_at)`.as('expiring'),
      sql<Date | null>`min(created_at)`.as('first_created_at'),
      sql<Date | null>`max(updated_at)`.as('last_updated_at')
    ])
    .executeTakeFirstOrThrow()
  const namespaces = await memories
    .select(['agent_name', count.as('memories')])
    .groupBy('agent_name')
    .orderBy('memories', 'desc')
    .orderBy('agent_name')
    .limit(MAX_ROWS)
    .execute()
  const types = await memories
    .select(['type', count.as('memories')])
    .groupBy('type')
    .orderBy('memories', 'desc')
    .orderBy('type')
    .limit(MAX_ROWS)
    .execute()
  const topTags = await db
    .selectFrom(
      memories.select(sql<string>`jsonb_array_elements_text(tags)`.as('tag')).as('tagged')
    )
    .select(['tag', count.as('memories')])
    .groupBy('tag')
    .orderBy('memories', 'desc')
    .orderBy('tag')
    .limit(10)
    .execute()
  return { ...totals, namespaces, types, top_tags: topTags }
}

/**
 * Former versions of the owner's memories, and the memories that are deleted and could be restored.
 */
export function countVersions(db: Db, userId: string) {
  const present = isAmong(
    'memory_id',
    sql`select memory_id from memories where user_id = ${userId}`
  )
  return db
    .selectFrom('memory_versions')
    .where('user_id', '=', userId)
    .select([
      sql<number>`count(*) filter (where not deleted)`.as('former_versions'),
      sql<number>`count(distinct memory_id) filter (where not ${present})`.as('restorable')
    ])
    .executeTakeFirstOrThrow()
}
