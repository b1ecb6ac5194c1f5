import {
  type ExpressionBuilder,
  type Insertable,
  type RawBuilder,
  type Selectable,
  sql,
  type Updateable
} from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'
import { isWithin } from '../connection/membership.ts'
import type { Database, MemoriesTable, Source } from '../schema/index.ts'

export type Memory = Selectable<MemoriesTable>
/** A whole memory; tags, metadata and source as JSON text. */
export type NewMemory = Required<Omit<Insertable<MemoriesTable>, Given>>
type Given =
  | 'memory_id'
  | 'user_id'
  | 'version'
  | 'access_count'
  | 'last_accessed_at'
  | `${'useful' | 'irrelevant' | 'outdated'}_count`
  | 'created_at'
  | 'updated_at'
  | 'written_at'
  | 'written_by'
export type MemoryChanges = Updateable<
  Omit<MemoriesTable, 'memory_id' | 'user_id' | 'agent_name' | 'key' | 'version' | 'created_at'>
>
/** One memory, by its key in a namespace or by its id. */
export type MemoryReference = { agent_name: string; key: string } | { memory_id: string }

export interface MemoryFilter {
  agent_name?: string | undefined
  type?: string | undefined
  /** All of these. */
  tags?: string[] | undefined
  /** By when it happened, or else was first stored. */
  from?: Date | undefined
  until?: Date | undefined
}

/** Not the time of the transaction: of several stores at one instant the last one is the newest. */
const clock = sql<Date>`clock_timestamp()`
/** Whether a memory is still there: an expired one is nowhere visible. */
const live = sql<boolean>`(memories.expires_at is null or memories.expires_at > now())`

/** The ratings were of what is replaced. */
const unrated = { useful_count: 0, irrelevant_count: 0, outdated_count: 0 }
/** source and updated_at tell who wrote the row and when. */
const byWhomItSays = { written_at: null, written_by: null }

/** What a store replaces by what it is given. */
const given = [
  'value',
  'tags',
  'importance',
  'type',
  'metadata',
  'source',
  'session_id',
  'speaker',
  'occurred_at',
  'expires_at',
  'search_length'
] as const
const fromInsert = Object.fromEntries(
  given.map((column) => [column, sql.ref(`excluded.${column}`)])
)

/**
 * Stores the memory under its key in place of the given version, 0 when there is to be none, in one
 * statement. undefined when the memory is there in another version: of any number at the same
 * instant one creates. The caller has kept the version that this replaces.
 */
export function upsertMemory(
  trx: Trx,
  userId: string,
  memory: NewMemory,
  version: number
): Promise<{ memory_id: string } | undefined> {
  return trx
    .insertInto('memories')
    .values({ user_id: userId, ...memory })
    .onConflict((conflict) =>
      conflict
        .columns(['user_id', 'agent_name', 'key'])
        .doUpdateSet({
          ...fromInsert,
          ...unrated,
          ...byWhomItSays,
          version: sql<number>`memories.version + 1`,
          updated_at: clock
        })
        .where('memories.version', '=', version)
    )
    .returning('memory_id')
    .executeTakeFirst()
}

function one(
  { and, eb }: ExpressionBuilder<Database, 'memories'>,
  userId: string,
  which: MemoryReference
) {
  return 'memory_id' in which // primary key, or the unique index memories_key
    ? and([eb('user_id', '=', userId), eb('memory_id', '=', which.memory_id), live])
    : and([
        eb('user_id', '=', userId),
        eb('agent_name', '=', which.agent_name),
        eb('key', '=', which.key),
        live
      ])
}

/** The memory, or undefined. */
export function findMemory(
  db: Db,
  userId: string,
  which: MemoryReference
): Promise<Memory | undefined> {
  return db
    .selectFrom('memories')
    .selectAll()
    .where((row) => one(row, userId, which))
    .executeTakeFirst()
}

/** Counts a use of the memory and returns it, or undefined. */
export function recallMemory(
  db: Db,
  userId: string,
  which: MemoryReference
): Promise<Memory | undefined> {
  return db
    .updateTable('memories')
    .set({ access_count: sql<number>`access_count + 1`, last_accessed_at: clock })
    .where((row) => one(row, userId, which))
    .returningAll()
    .executeTakeFirst()
}

/** Changes what is named and returns the memory, or undefined. The caller has kept its version. */
export function updateMemory(
  trx: Trx,
  userId: string,
  memoryId: string,
  changes: MemoryChanges
): Promise<Memory | undefined> {
  return trx
    .updateTable('memories')
    .set({ ...byWhomItSays, updated_at: clock, ...changes, version: sql<number>`version + 1` })
    .where('user_id', '=', userId)
    .where('memory_id', '=', memoryId)
    .returningAll()
    .executeTakeFirst()
}

/** Rates the memory, which changes nothing of what it says. The caller has kept its version. */
export async function rateMemory(
  trx: Trx,
  userId: string,
  memoryId: string,
  label: 'useful' | 'irrelevant' | 'outdated',
  importance: number,
  by: Source
): Promise<void> {
  const count = `${label}_count` as const
  await trx
    .updateTable('memories')
    .set({
      importance,
      [count]: sql<number>`${sql.ref(count)} + 1`,
      version: sql<number>`version + 1`,
      written_at: clock,
      written_by: JSON.stringify(by)
    })
    .where('user_id', '=', userId)
    .where('memory_id', '=', memoryId)
    .execute()
}

/** Deletes the memory with its postings. The caller has kept its version and notes the deletion. */
export async function deleteMemory(trx: Trx, userId: string, memoryId: string): Promise<void> {
  await trx
    .deleteFrom('memories')
    .where('user_id', '=', userId)
    .where('memory_id', '=', memoryId)
    .execute()
}

/** Where a page of a list ended: the time to the microsecond, which a Date cannot hold. */
export interface PagePosition {
  updated_at: string
  memory_id: string
}
export interface MemoryPage extends MemoryFilter {
  limit: number
  /** The position of the last one seen. */
  after?: PagePosition | undefined
  /** Characters of each value that are returned. */
  valueLimit: number
}

/** Memories by last change, newest first; `value_length` is the length of the whole value. */
export function listMemories(
  db: Db,
  userId: string,
  { agent_name: agentName, tags = [], type, from, until, after, limit, valueLimit }: MemoryPage
) {
  return recentMemories(db, userId, after && sql`${after.updated_at}::timestamptz`)
    .select(['memory_id', 'agent_name', 'key', 'tags', 'type', 'created_at', 'updated_at'])
    .select([
      sql<string>`left(value, ${valueLimit})`.as('value'),
      sql<number>`length(value)`.as('value_length'),
      sql<string>`to_char(updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`.as(
        'position'
      )
    ])
    .$if(agentName !== undefined, (query) => query.where('agent_name', '=', agentName!))
    .$if(type !== undefined, (query) => query.where('type', '=', type!))
    .$if(tags.length > 0, (query) =>
      query.where(sql<boolean>`tags @> ${JSON.stringify(tags)}::jsonb`)
    )
    .$if(from !== undefined, (query) =>
      query.where(sql<Date>`coalesce(occurred_at, created_at)`, '>=', from!)
    )
    .$if(until !== undefined, (query) =>
      query.where(sql<Date>`coalesce(occurred_at, created_at)`, '<', until!)
    )
    .$if(after !== undefined, (query) =>
      query.where(sql<boolean>`
      (updated_at, memory_id) < (${after!.updated_at}::timestamptz, ${after!.memory_id})`)
    )
    .limit(limit)
    .execute()
}

/** Keys and namespaces of the memories that changed last, at most `limit`, newest first. */
export function listMemoryKeys(
  db: Db,
  userId: string,
  agentName: string | undefined,
  limit: number
) {
  return recentMemories(db, userId)
    .select(['memory_id', 'key', 'agent_name'])
    .$if(agentName !== undefined, (query) => query.where('agent_name', '=', agentName!))
    .limit(limit)
    .execute()
}

/**
 * The memories that are there, the last changed first. Index memories_recent is walked in its order
 * whatever is chosen among them: `offset 0` keeps the conditions outside.
 */
function recentMemories(db: Db, userId: string, until?: RawBuilder<unknown>) {
  const inOrder = db
    .selectFrom('memories')
    .selectAll()
    .where(isWithin(userId, 'updated_at', { until }))
    .orderBy('user_id', 'desc')
    .orderBy('updated_at', 'desc')
    .offset(0)
  return db
    .selectFrom(inOrder.as('memories'))
    .where(live)
    .orderBy('user_id', 'desc')
    .orderBy('updated_at', 'desc')
    .orderBy('memory_id', 'desc')
}

/** The memories with these ids, in no order. */
export function listMemoriesById(db: Db, userId: string, memoryIds: string[], valueLimit: number) {
  return db
    .selectFrom('memories')
    .select(['memory_id', 'agent_name', 'key', 'tags', 'type', 'updated_at'])
    .select([
      sql<string>`left(value, ${valueLimit})`.as('value'),
      sql<number>`length(value)`.as('value_length')
    ])
    .where('user_id', '=', userId)
    .where(sql<boolean>`memory_id = any(${memoryIds}::text[])`)
    .where(live)
    .execute()
}

/** Keeps these memories from other writers until the transaction ends, always in the same order. */
export async function lockMemories(trx: Trx, userId: string, memoryIds: string[]): Promise<void> {
  await trx
    .selectFrom('memories')
    .select('memory_id')
    .where('user_id', '=', userId)
    .where(sql<boolean>`memory_id = any(${memoryIds}::text[])`)
    .orderBy('memory_id')
    .forUpdate()
    .execute()
}
