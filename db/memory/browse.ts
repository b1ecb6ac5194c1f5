import { sql } from 'kysely'
import { contentColumns, pagePosition, summaryColumns, valueBeginning } from './columns.ts'
import { isLastState, isLive } from './conditions.ts'
import type { Db } from '../connection/connect.ts'
import { isWithin, orderedOwner, unknownLimit } from '../connection/membership.ts'
import { isFiltered, matchesFilter, type SearchFilter } from './filter.ts'
import type { PagePosition } from './memories.ts'
import { RESTORABLE_DAYS } from './versions.ts'

/**
 * A filtered page reads at most this many memories, so its cost does not grow with the memories.
 */
const MAX_READ = 5000
/** The names that a filter offers come from this many memories. */
const MAX_NAMING = 300

interface BrowsePage {
  limit: number
  /** Where the page before ended. */
  after?: PagePosition | undefined
  /** Characters of each value to return. */
  valueLimit: number
}

const listedColumns = [
  ...summaryColumns,
  'source',
  'written_by',
  'importance',
  'occurred_at',
  'expires_at',
  'pinned_at',
  'created_at',
  'updated_at'
] as const

/**
 * The memories from a position on, last changed first. The inner limit keeps every other
 * condition outside, so that PostgreSQL walks index memories_recent in its order.
 */
function changesFrom(db: Db, userId: string, after: PagePosition | undefined) {
  const orderedMemories = db
    .selectFrom('memories')
    .selectAll()
    .select(orderedOwner('recent').as('ordered_owner'))
    .where(
      isWithin('recent', userId, 'updated_at', {
        until: after && sql`${after.updated_at}::timestamptz`
      })
    )
    .orderBy(orderedOwner('recent'), 'desc')
    .orderBy('updated_at', 'desc')
    .limit(unknownLimit)
  return db
    .selectFrom(orderedMemories.as('memories'))
    .$if(after !== undefined, (query) =>
      query.where(sql<boolean>`
      (updated_at, memory_id) < (${after!.updated_at}::timestamptz, ${after!.memory_id})`)
    )
    .orderBy('ordered_owner', 'desc')
    .orderBy('updated_at', 'desc')
    .orderBy('memory_id', 'desc')
}

/**
 * Lists live memories that pass the filter, last changed first. With a filter it reads at most
 * 5000 memories; findBrowseEnd says where that ends.
 */
export function listBrowsedMemories(
  db: Db,
  userId: string,
  filter: SearchFilter,
  { after, limit, valueLimit }: BrowsePage
) {
  const readMemories = changesFrom(db, userId, after)
    .selectAll()
    .limit(isFiltered(filter) ? MAX_READ : MAX_NAMING)
  return db
    .selectFrom(readMemories.as('memories'))
    .select(listedColumns)
    .select([...valueBeginning(valueLimit), pagePosition('updated_at')])
    .where((row) => matchesFilter(row, filter))
    .orderBy('updated_at', 'desc')
    .orderBy('memory_id', 'desc')
    .limit(limit)
    .execute()
}

/** The last memory that a page with this filter reads; undefined when it reads all that follow. */
export async function findBrowseEnd(
  db: Db,
  userId: string,
  filter: SearchFilter,
  after: PagePosition | undefined
): Promise<PagePosition | undefined> {
  const lastRow = await changesFrom(db, userId, after)
    .select(['memory_id', pagePosition('updated_at')])
    .offset((isFiltered(filter) ? MAX_READ : MAX_NAMING) - 1)
    .limit(1)
    .executeTakeFirst()
  return lastRow && { updated_at: lastRow.position, memory_id: lastRow.memory_id }
}

/** Lists types, tags and writers of the 300 memories that changed last. */
export function listRecentNames(db: Db, userId: string) {
  return changesFrom(db, userId, undefined)
    .select(['type', 'tags', sql<string>`source ->> 'name'`.as('app')])
    .limit(MAX_NAMING)
    .execute()
}

/**
 * Lists the memories that are deleted and can be restored, last deleted first, with the state that
 * they had (index memory_versions_deleted).
 */
export function listDeletedMemories(
  db: Db,
  userId: string,
  { after, limit, valueLimit }: BrowsePage
) {
  const deletions = db
    .selectFrom(deletionsFrom(db, userId, after).as('deletion'))
    .selectAll()
    .where(isLastState(sql<string>`${userId}`))
    .$if(after !== undefined, (query) =>
      query.where(sql<boolean>`
      (updated_at, memory_id) < (${after!.updated_at}::timestamptz, ${after!.memory_id})`)
    )
    .orderBy('ordered_owner', 'desc')
    .orderBy('updated_at', 'desc')
    .orderBy('memory_id', 'desc')
    .limit(limit)
  return db
    .selectFrom(deletions.as('deletion'))
    .innerJoinLateral(
      (from) =>
        from
          .selectFrom('memory_versions as former')
          .where('former.user_id', '=', userId)
          .whereRef('former.memory_id', '=', 'deletion.memory_id')
          .where('former.version', '=', sql<number>`deletion.version - 1`)
          .select(contentColumns)
          .select(sql<number>`length(former.value)`.as('value_length'))
          .limit(1)
          .as('former'),
      (join) => join.onTrue()
    )
    .select(['deletion.memory_id', 'deletion.agent_name', 'deletion.key', 'deletion.version'])
    .select(['deletion.updated_at', 'deletion.source', 'former.type', 'former.tags'])
    .select(['former.value_length', sql<string>`left(former.value, ${valueLimit})`.as('value')])
    .select(pagePosition('deletion.updated_at'))
    .orderBy('deletion.updated_at', 'desc')
    .orderBy('deletion.memory_id', 'desc')
    .execute()
}

/**
 * The deletions of the last 30 days from a position on (index memory_versions_deleted).
 */
function deletionsFrom(db: Db, userId: string, after: PagePosition | undefined) {
  return db
    .selectFrom('memory_versions')
    .selectAll()
    .select(orderedOwner('deleted').as('ordered_owner'))
    .where(
      isWithin('deleted', userId, 'updated_at', {
        from: sql`now() - make_interval(days => ${RESTORABLE_DAYS})`,
        until: after && sql`${after.updated_at}::timestamptz`
      })
    )
    .where('deleted', '=', true)
    .orderBy(orderedOwner('deleted'), 'desc')
    .orderBy('updated_at', 'desc')
    .limit(unknownLimit)
}

/** A memory, and an older one that says the same. */
export interface EqualPair {
  memory_id: string
  equal_id: string
}

/**
 * Lists those of the memories for which an older memory has the same value, without regard to case,
 * punctuation and spaces (index memories_value_digest).
 */
export async function listEqualValues(
  db: Db,
  userId: string,
  memoryIds: readonly string[]
): Promise<EqualPair[]> {
  const { rows } = await sql<EqualPair>`
    select it.memory_id, older.memory_id as equal_id
    from unnest(${[...memoryIds]}::text[]) as seed(value)
    cross join lateral (
      select memory_id, memory_no, value_digest from memories
      where user_id = ${userId} and memory_id = seed.value limit 1) as it
    cross join lateral (
      select memory_id from memories
      where user_id = ${userId} and value_digest = it.value_digest and memory_no < it.memory_no
        and ${isLive()} limit 1) as older
    limit ${memoryIds.length}`.execute(db)
  return rows
}
