import { type ExpressionBuilder, type Insertable, type Selectable, sql, type Updateable } from 'kysely'
import type { Db, Trx } from './connect.ts'
import type { Database, MemoriesTable } from './tables/index.ts'

export type Memory = Selectable<MemoriesTable>
/** A whole memory; tags, metadata and source as JSON text. */
export type NewMemory = Required<Omit<Insertable<MemoriesTable>, 'memory_id' | 'user_id' | 'access_count' | 'last_accessed_at' | 'created_at' | 'updated_at'>>
export type MemoryChanges = Updateable<Omit<MemoriesTable, 'memory_id' | 'user_id' | 'agent_name' | 'key' | 'created_at' | 'updated_at'>>
/** One memory, by its key in a namespace or by its id. */
export type Which = { agent_name: string, key: string } | { memory_id: string }

export interface MemoryFilter {
  agent_name?: string | undefined
  type?: string | undefined
  /** All of these. */
  tags?: string[] | undefined
}

/** Not the time of the transaction: of several stores at one instant the last one is the newest. */
const clock = sql<Date>`clock_timestamp()`
/** Whether a memory is still there: an expired one is nowhere visible. */
const live = sql<boolean>`(memories.expires_at is null or memories.expires_at > now())`
const expired = sql<boolean>`memories.expires_at <= now()`

/** What a store replaces by what it is given. */
const given = ['tags', 'importance', 'type', 'metadata', 'source', 'session_id', 'speaker', 'occurred_at', 'expires_at', 'search_length'] as const
const fromInsert = Object.fromEntries(given.map((column) => [column, sql.ref(`excluded.${column}`)]))

/**
 * Stores the memory under its key, whether there is one or not, in one statement: of any number at the same instant one creates.
 * `replaced` is the value that was really overwritten, as the conflicting row has it under its lock; a snapshot would miss a concurrent store.
 * An expired memory counts as none. In a transaction, because the postings belong to it.
 */
export async function upsertMemory (trx: Trx, userId: string, memory: NewMemory) {
  const remembered = sql<string>`set_config('kagura.replaced', case when ${expired} then '' else 'v' || memories.value end, true)`
  const { replaced, ...row } = await trx.insertInto('memories').values({ user_id: userId, ...memory })
    .onConflict((conflict) => conflict.columns(['user_id', 'agent_name', 'key']).doUpdateSet({
      ...fromInsert,
      value: sql<string>`case when ${remembered} is not null then excluded.value end`,
      created_at: sql<Date>`case when ${expired} then now() else memories.created_at end`,
      access_count: sql<number>`case when ${expired} then 0 else memories.access_count end`,
      last_accessed_at: sql<Date | null>`case when ${expired} then null else memories.last_accessed_at end`,
      updated_at: clock
    }))
    .returning(['memory_id', 'created_at', 'updated_at',
      sql<string | null>`case when xmax = 0 then null else nullif(current_setting('kagura.replaced', true), '') end`.as('replaced')]) // xmax = 0: inserted
    .executeTakeFirstOrThrow()
  return { ...row, created: replaced === null, replaced: replaced?.slice(1) }
}

function one ({ and, eb }: ExpressionBuilder<Database, 'memories'>, userId: string, which: Which) {
  return 'memory_id' in which // primary key, or the unique index memories_key
    ? and([eb('user_id', '=', userId), eb('memory_id', '=', which.memory_id), live])
    : and([eb('user_id', '=', userId), eb('agent_name', '=', which.agent_name), eb('key', '=', which.key), live])
}

/** The memory, or undefined. */
export function findMemory (db: Db, userId: string, which: Which): Promise<Memory | undefined> {
  return db.selectFrom('memories').selectAll().where((row) => one(row, userId, which)).executeTakeFirst()
}

/** The memory, kept from other writers until the transaction ends, or undefined. */
export function lockMemory (trx: Trx, userId: string, which: Which): Promise<Memory | undefined> {
  return trx.selectFrom('memories').selectAll().where((row) => one(row, userId, which)).forUpdate().executeTakeFirst()
}

/** Counts a use of the memory and returns it, or undefined. */
export function recallMemory (db: Db, userId: string, which: Which): Promise<Memory | undefined> {
  return db.updateTable('memories').set({ access_count: sql<number>`access_count + 1`, last_accessed_at: clock })
    .where((row) => one(row, userId, which)).returningAll().executeTakeFirst()
}

/** Changes what is named and returns the memory, or undefined. */
export function updateMemory (trx: Trx, userId: string, memoryId: string, changes: MemoryChanges): Promise<Memory | undefined> {
  return trx.updateTable('memories').set({ ...changes, updated_at: clock })
    .where('user_id', '=', userId).where('memory_id', '=', memoryId).returningAll().executeTakeFirst()
}

/** Deletes the memory with its postings; undefined when there was none. */
export function deleteMemory (db: Db, userId: string, which: Which): Promise<{ memory_id: string } | undefined> {
  return db.deleteFrom('memories').where((row) => one(row, userId, which)).returning('memory_id').executeTakeFirst()
}

/** Where a page of a list ended: the time to the microsecond, which a Date cannot hold. */
export interface Position { updated_at: string, memory_id: string }
export interface Page extends MemoryFilter {
  limit: number
  /** The position of the last one seen. */
  after?: Position | undefined
  /** Characters of each value that are returned. */
  valueLimit: number
}

/** Memories by last change, newest first (index memories_recent); `value_length` is the length of the whole value. */
export function listMemories (db: Db, userId: string, { agent_name: agentName, tags, type, after, limit, valueLimit }: Page) {
  return db.selectFrom('memories')
    .select(['memory_id', 'agent_name', 'key', 'tags', 'type', 'created_at', 'updated_at'])
    .select([
      sql<string>`left(value, ${valueLimit})`.as('value'),
      sql<number>`length(value)`.as('value_length'),
      sql<string>`to_char(updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`.as('position')
    ])
    .where('user_id', '=', userId).where(live)
    .$if(agentName !== undefined, (query) => query.where('agent_name', '=', agentName!))
    .$if(type !== undefined, (query) => query.where('type', '=', type!))
    .$if(tags !== undefined && tags.length > 0, (query) => query.where(sql<boolean>`tags @> ${JSON.stringify(tags)}::jsonb`))
    .$if(after !== undefined, (query) => query.where(sql<boolean>`(updated_at, memory_id) < (${after!.updated_at}::timestamptz, ${after!.memory_id})`))
    .orderBy('updated_at', 'desc').orderBy('memory_id', 'desc').limit(limit).execute()
}
