import {
  type ExpressionBuilder,
  type Insertable,
  type RawBuilder,
  type Selectable,
  sql,
  type Updateable
} from 'kysely'
import { contentColumns, summaryColumns, pagePosition, valueBeginning } from './columns.ts'
import { isLive, matchesReference, type MemoryReference } from './conditions.ts'
import { isOneOf } from '../connection/conditions.ts'
import type { Db, Trx } from '../connection/connect.ts'
import { isWithin, orderedOwner, unknownLimit } from '../connection/membership.ts'
import { clockTime } from '../connection/writers.ts'
import type { Database, MemoriesTable, Source } from '../schema/index.ts'

export type Memory = Selectable<MemoriesTable>
/** A whole memory. Tags, metadata and source are JSON text. */
export type NewMemory = Required<Omit<Insertable<MemoriesTable>, DatabaseColumn>> & {
  /** Absent leaves the pin of a replaced memory as it is. */
  pinned?: boolean
}
/** The columns that the queries of this module or the database fill in. */
type DatabaseColumn =
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
  | 'pinned_at'
export type MemoryChanges = Updateable<
  Omit<MemoriesTable, 'memory_id' | 'user_id' | 'key' | 'version' | 'created_at' | 'pinned_at'>
> & { pinned?: boolean }

export interface MemoryFilter {
  agent_name?: string | undefined
  type?: string | undefined
  /** The memory has all of these tags. */
  tags?: string[] | undefined
  /** The limits of `occurred_at`, or of `created_at` where that is empty. */
  from?: Date | undefined
  until?: Date | undefined
}

/** A new value starts without ratings: the old ones judged what it replaces. */
const noRatings = { useful_count: 0, irrelevant_count: 0, outdated_count: 0 }
/** The row's own `source` and `updated_at` say who wrote it, and when. */
const noOtherWriter = { written_at: null, written_by: null }

const replacedColumns = Object.fromEntries(
  [...contentColumns, 'source', 'expires_at', 'search_length'].map((column) => [
    column,
    sql.ref(`excluded.${column}`)
  ])
)

/**
 * Stores the memory under its key in one statement. It replaces `version`; 0 means that there is no
 * memory yet. Returns undefined if the stored version differs: of concurrent creations one
 * succeeds. The caller first keeps the version that this replaces.
 */
export function upsertMemory(
  trx: Trx,
  userId: string,
  { pinned, ...memory }: NewMemory,
  version: number
): Promise<{ memory_id: string } | undefined> {
  const pinning = pinningOf(pinned)
  return trx
    .insertInto('memories')
    .values({ user_id: userId, ...memory, ...pinning })
    .onConflict((conflict) =>
      conflict
        .columns(['user_id', 'agent_name', 'key'])
        .doUpdateSet({
          ...replacedColumns,
          ...noRatings,
          ...noOtherWriter,
          ...pinning,
          version: sql<number>`memories.version + 1`,
          updated_at: clockTime
        })
        .where('memories.version', '=', version)
    )
    .returning('memory_id')
    .executeTakeFirst()
}

/** The column of the pin; none if the pin stays as it is. */
function pinningOf(pinned: boolean | undefined) {
  return pinned === undefined ? {} : { pinned_at: pinned ? clockTime : null }
}

function isLiveMemory(
  { and, eb }: ExpressionBuilder<Database, 'memories'>,
  userId: string,
  reference: MemoryReference
) {
  return and([eb('user_id', '=', userId), matchesReference(reference), isLive()])
}

/** Returns the memory, or undefined if there is none or it has expired. */
export function findMemory(
  db: Db,
  userId: string,
  reference: MemoryReference
): Promise<Memory | undefined> {
  return db
    .selectFrom('memories')
    .selectAll()
    .where((row) => isLiveMemory(row, userId, reference))
    .executeTakeFirst()
}

/**
 * Changes the given columns and returns the memory, or undefined if there is none. The caller first
 * keeps its version.
 */
export function updateMemory(
  trx: Trx,
  userId: string,
  memoryId: string,
  { pinned, ...changes }: MemoryChanges
): Promise<Memory | undefined> {
  return trx
    .updateTable('memories')
    .set({ ...noOtherWriter, updated_at: clockTime, ...changes, ...pinningOf(pinned) })
    .set({ version: sql<number>`version + 1` })
    .where('user_id', '=', userId)
    .where('memory_id', '=', memoryId)
    .returningAll()
    .executeTakeFirst()
}

/**
 * Adds a rating and sets the new importance. `updated_at` stays, because the content stays. The
 * caller first keeps the version.
 */
export async function rateMemory(
  trx: Trx,
  userId: string,
  memoryId: string,
  label: 'useful' | 'irrelevant' | 'outdated',
  importance: number,
  rater: Source
): Promise<void> {
  const ratingColumn = `${label}_count` as const
  await trx
    .updateTable('memories')
    .set({
      importance,
      [ratingColumn]: sql<number>`${sql.ref(ratingColumn)} + 1`,
      version: sql<number>`version + 1`,
      written_at: clockTime,
      written_by: JSON.stringify(rater)
    })
    .where('user_id', '=', userId)
    .where('memory_id', '=', memoryId)
    .execute()
}

/** Deletes the memory with its postings. The caller keeps its version and records the deletion. */
export async function deleteMemory(trx: Trx, userId: string, memoryId: string): Promise<void> {
  await trx
    .deleteFrom('memories')
    .where('user_id', '=', userId)
    .where('memory_id', '=', memoryId)
    .execute()
}

/** The last memory of a page: its time with microseconds, and its id. */
export interface PagePosition {
  updated_at: string
  memory_id: string
}
export interface MemoryPage extends MemoryFilter {
  limit: number
  /** Where the page before ended. */
  after?: PagePosition | undefined
  /** Characters of each value to return. */
  valueLimit: number
}

/** Lists live memories, last changed first. `value_length` is the length of the whole value. */
export function listMemories(
  db: Db,
  userId: string,
  { agent_name: agentName, tags = [], type, from, until, after, limit, valueLimit }: MemoryPage
) {
  return recentMemories(db, userId, after && sql`${after.updated_at}::timestamptz`)
    .select([...summaryColumns, 'created_at', 'updated_at'])
    .select([...valueBeginning(valueLimit), pagePosition('updated_at')])
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

/** Lists keys and namespaces of live memories, last changed first. */
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
 * The live memories, last changed first. The inner limit keeps every other condition outside, so that
 * PostgreSQL walks index memories_recent in its order whatever the filter.
 */
function recentMemories(db: Db, userId: string, until?: RawBuilder<unknown>) {
  const orderedMemories = db
    .selectFrom('memories')
    .selectAll()
    .select(orderedOwner('recent').as('ordered_owner'))
    .where(isWithin('recent', userId, 'updated_at', { until }))
    .orderBy(orderedOwner('recent'), 'desc')
    .orderBy('updated_at', 'desc')
    .limit(unknownLimit)
  return db
    .selectFrom(orderedMemories.as('memories'))
    .where(isLive())
    .orderBy('ordered_owner', 'desc')
    .orderBy('updated_at', 'desc')
    .orderBy('memory_id', 'desc')
}

/** Lists the live memories among these ids, in no order. */
export function listMemoriesById(db: Db, userId: string, memoryIds: string[], valueLimit: number) {
  return db
    .selectFrom('memories')
    .select([...summaryColumns, 'updated_at'])
    .select(valueBeginning(valueLimit))
    .where('user_id', '=', userId)
    .where(isOneOf('memory_id', memoryIds))
    .where(isLive())
    .execute()
}

/** Locks the memories until the transaction ends, in the order of their ids to avoid deadlocks. */
export async function lockMemories(trx: Trx, userId: string, memoryIds: string[]): Promise<void> {
  await trx
    .selectFrom('memories')
    .select('memory_id')
    .where('user_id', '=', userId)
    .where(isOneOf('memory_id', memoryIds))
    .orderBy('memory_id')
    .forUpdate()
    .execute()
}
