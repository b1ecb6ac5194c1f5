import { sql } from 'kysely'
import { summaryColumns, valueBeginning } from './columns.ts'
import { isLive } from './conditions.ts'
import type { Db } from '../connection/connect.ts'
import { isWithin, orderedOwner, unknownLimit } from '../connection/membership.ts'
import { isFiltered, matchesFilter, type SearchFilter } from './filter.ts'

/** Types of verbatim chat records. They are notable only if the filter names their type. */
const CONVERSATION_TYPES = ['interaction', 'conversation']
/** Recent memories come from this many last changes that pass the filter. This bounds the cost. */
const MAX_RECENT_CHANGES = 5000

const notableColumns = [
  ...summaryColumns,
  'importance',
  'session_id',
  'occurred_at',
  'created_at',
  'updated_at'
] as const

interface NotableSelection {
  /** Of important and of recent memories each. */
  limit: number
  /** Characters of each value to return. */
  valueLimit: number
  filter?: SearchFilter
}

/** Lists the most important memories, then the last changed of the others. */
export async function listNotableMemories(db: Db, userId: string, selection: NotableSelection) {
  const [importantMemories, recentMemories] = await Promise.all([
    importantQuery(db, userId, selection).execute(),
    recentQuery(db, userId, selection).execute()
  ])
  return [...importantMemories, ...recentMemories]
}

/** Whose pinned memory it is. Index memories_pinned has the same expression. */
const pinnedOwner = sql<string | null>`case when pinned_at is not null then user_id end`

/** Lists the pinned memories, last pinned first. */
export function listPinnedMemories(
  db: Db,
  userId: string,
  { limit, valueLimit, filter = {} }: NotableSelection
) {
  return db
    .selectFrom('memories')
    .select(notableColumns)
    .select(valueBeginning(valueLimit))
    .where('pinned_at', 'is not', null)
    .where(pinnedOwner, '=', userId)
    .where((row) => matchesFilter(row, filter))
    .orderBy('pinned_at', 'desc')
    .limit(limit)
    .execute()
}

/** Index memories_important. */
function importantQuery(
  db: Db,
  userId: string,
  { limit, valueLimit, filter = {} }: NotableSelection
) {
  return db
    .selectFrom('memories')
    .select(notableColumns)
    .select(valueBeginning(valueLimit))
    .where('user_id', '=', userId)
    .where('importance', '>', sql<number>`0.5`)
    .$if(filter.type === undefined, (query) => query.where('type', 'not in', CONVERSATION_TYPES))
    .where((row) => matchesFilter(row, filter))
    .orderBy('importance', 'desc')
    .orderBy('updated_at', 'desc')
    .orderBy('memory_id')
    .limit(limit)
}

/** Index memories_recent. */
function recentQuery(db: Db, userId: string, { limit, valueLimit, filter = {} }: NotableSelection) {
  const orderedMemories = db
    .selectFrom('memories')
    .selectAll()
    .select(orderedOwner('recent').as('ordered_owner'))
    .where(isWithin('recent', userId, 'updated_at'))
    .orderBy(orderedOwner('recent'), 'desc')
    .orderBy('updated_at', 'desc')
    .limit(unknownLimit)
  const lastChanges = db
    .selectFrom(orderedMemories.as('memories'))
    .select([...notableColumns, 'expires_at', 'value'])
    .$if(isFiltered(filter), (query) => query.where((row) => matchesFilter(row, filter)))
    .orderBy('ordered_owner', 'desc')
    .orderBy('updated_at', 'desc')
    .orderBy('memory_id', 'desc')
    .limit(MAX_RECENT_CHANGES)
  return db
    .selectFrom(lastChanges.as('memories'))
    .select(notableColumns)
    .select(valueBeginning(valueLimit))
    .where('importance', '<=', 0.5)
    .$if(filter.type === undefined, (query) => query.where('type', 'not in', CONVERSATION_TYPES))
    .where(isLive())
    .orderBy('updated_at', 'desc')
    .orderBy('memory_id', 'desc')
    .limit(limit)
}
