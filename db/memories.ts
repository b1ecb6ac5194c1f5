import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db, Trx } from './connect.ts'
import type { MemoriesTable, Source } from './schema.ts'

export type Memory = Selectable<MemoriesTable>

/** What a write sets. jsonb columns as values; dates as ISO 8601 or null. */
export interface MemoryContent {
  value: string
  tags: string[]
  importance: number
  type: string
  metadata: Record<string, unknown>
  session_id: string | null
  speaker: string | null
  occurred_at: string | null
  expires_at: string | null
}

export const unexpired = sql<boolean>`(memories.expires_at is null or memories.expires_at > now())`

function columns ({ tags, metadata, ...content }: Partial<MemoryContent>) {
  return { ...content, ...(tags && { tags: JSON.stringify(tags) }), ...(metadata && { metadata: JSON.stringify(metadata) }) } as Partial<Insertable<MemoriesTable>>
}

/**
 * Stores under (user, namespace, key) in one statement, whether the key is there or not; of two at the same instant the later one wins whole.
 * `replaced` is the value that stood there and had not expired. In a transaction, because the postings belong to it.
 */
export async function upsertMemory (
  trx: Trx, userId: string, agentName: string, key: string, content: MemoryContent, source: Source, searchLength: number
): Promise<Memory & { created: boolean, replaced: string | null }> {
  const row = { ...columns(content), source: JSON.stringify(source), search_length: searchLength } as Omit<Insertable<MemoriesTable>, 'user_id' | 'agent_name' | 'key'>
  return trx.with('former', (cte) => cte.selectFrom('memories').select(['value', 'memory_id']).where('user_id', '=', userId)
    .where('agent_name', '=', agentName).where('key', '=', key).where(unexpired))
    .insertInto('memories').values({ ...row, user_id: userId, agent_name: agentName, key })
    .onConflict((conflict) => conflict.columns(['user_id', 'agent_name', 'key']).doUpdateSet({ ...row, updated_at: sql`clock_timestamp()` }))
    .returningAll()
    .returning([
      sql<boolean>`xmax = 0`.as('created'), // no former row version: it was inserted
      sql<string | null>`(select value from former)`.as('replaced')
    ])
    .executeTakeFirstOrThrow()
}

function byKey (db: Db, userId: string, agentName: string, key: string) {
  return db.selectFrom('memories').selectAll().where('user_id', '=', userId).where('agent_name', '=', agentName).where('key', '=', key) // unique index memories_key
    .where(unexpired)
}

/** Reads a memory and notes the use. */
export async function recallMemory (db: Db, userId: string, agentName: string, key: string): Promise<Memory | undefined> {
  const memory = await byKey(db, userId, agentName, key).executeTakeFirst()
  if (memory) {
    await db.updateTable('memories').set(({ eb }) => ({ access_count: eb('access_count', '+', 1), last_accessed_at: sql`now()` }))
      .where('user_id', '=', userId).where('memory_id', '=', memory.memory_id).execute()
  }
  return memory
}

/** The row, locked for a change that is computed from it. */
export function lockMemory (trx: Trx, userId: string, agentName: string, key: string): Promise<Memory | undefined> {
  return byKey(trx, userId, agentName, key).forUpdate().executeTakeFirst()
}

export function findMemoryById (db: Db, userId: string, memoryId: string): Promise<Memory | undefined> {
  return db.selectFrom('memories').selectAll().where('user_id', '=', userId).where('memory_id', '=', memoryId).where(unexpired).executeTakeFirst()
}

/** Sets the named columns. */
export function updateMemory (trx: Trx, userId: string, memoryId: string, change: Partial<MemoryContent>, source: Source, searchLength: number): Promise<Memory> {
  return trx.updateTable('memories').set({ ...columns(change), source: JSON.stringify(source), search_length: searchLength, updated_at: sql`clock_timestamp()` })
    .where('user_id', '=', userId).where('memory_id', '=', memoryId).returningAll().executeTakeFirstOrThrow()
}

/** The deleted row, or undefined when there was none; its postings go with it. */
export function deleteMemory (db: Db, userId: string, agentName: string, key: string): Promise<Memory | undefined> {
  return db.deleteFrom('memories').where('user_id', '=', userId).where('agent_name', '=', agentName).where('key', '=', key)
    .where(unexpired).returningAll().executeTakeFirst()
}

export interface Filter {
  agent_name?: string | undefined
  type?: string | undefined
  /** All of these. */
  tags?: string[] | undefined
}

/** Newest change first. `after`: the position of the last one seen. Index memories_recent. */
export async function listMemories (db: Db, userId: string, filter: Filter, limit: number, after?: { updated_at: string, memory_id: string }): Promise<Array<Memory & { position: string }>> {
  return db.selectFrom('memories').selectAll().select(sql<string>`updated_at::text`.as('position')).where('user_id', '=', userId).where(unexpired)
    .$if(filter.agent_name !== undefined, (query) => query.where('agent_name', '=', filter.agent_name!))
    .$if(filter.type !== undefined, (query) => query.where('type', '=', filter.type!))
    .$if((filter.tags?.length ?? 0) > 0, (query) => query.where(sql<boolean>`tags @> ${JSON.stringify(filter.tags)}::jsonb`))
    .$if(after !== undefined, (query) => query.where(sql<boolean>`(updated_at, memory_id) < (${after!.updated_at}::timestamptz, ${after!.memory_id})`))
    .orderBy('updated_at', 'desc').orderBy('memory_id', 'desc').limit(limit).execute()
}

export interface MemoryStats {
  total: number
  bytes: number
  unused_30_days: number
  older_than_90_days: number
  namespaces: Array<{ agent_name: string, count: number }>
  top_tags: Array<{ tag: string, count: number }>
}

/** Counts over all rows of the user, or of one namespace. */
export async function memoryStats (db: Db, userId: string, agentName?: string): Promise<MemoryStats> {
  const own = db.selectFrom('memories').where('user_id', '=', userId).where(unexpired).$if(agentName !== undefined, (query) => query.where('agent_name', '=', agentName!))
  const totals = await own.select([
    sql<number>`count(*)`.as('total'),
    sql<number>`coalesce(sum(octet_length(value)), 0)::bigint`.as('bytes'),
    sql<number>`count(*) filter (where coalesce(last_accessed_at, created_at) < now() - interval '30 days')`.as('unused_30_days'),
    sql<number>`count(*) filter (where created_at < now() - interval '90 days')`.as('older_than_90_days')
  ]).executeTakeFirstOrThrow()
  const namespaces = await own.select(['agent_name', sql<number>`count(*)`.as('count')]).groupBy('agent_name').orderBy('count', 'desc').orderBy('agent_name').limit(50).execute()
  const tags = await own.innerJoin(sql<{ tag: string }>`jsonb_array_elements_text(memories.tags)`.as<'t'>(sql`t(tag)`), (join) => join.onTrue())
    .select(['t.tag', sql<number>`count(*)`.as('count')]).groupBy('t.tag').orderBy('count', 'desc').orderBy('t.tag').limit(5).execute()
  return { ...totals, namespaces, top_tags: tags }
}

/** Those of the ids that are there, in no order. */
export async function listMemoriesById (db: Db, userId: string, memoryIds: string[]): Promise<Memory[]> {
  return memoryIds.length === 0 ? [] : db.selectFrom('memories').selectAll().where('user_id', '=', userId).where('memory_id', 'in', memoryIds).execute()
}
