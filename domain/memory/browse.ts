import {
  findBrowseEnd,
  listBrowsedMemories,
  listDeletedMemories,
  listRecentNames
} from '../../db/memory/browse.ts'
import { isFiltered, type SearchFilter } from '../../db/memory/filter.ts'
import { listNamespaces } from '../../db/memory/stored-names.ts'
import type { DataContext } from '../context.ts'
import { decodeCursor, encodeCursor, nextCursorOf, type Page, pageOf } from './cursor.ts'
import { findTruthMarks, type TruthMarks } from './truth.ts'

const MAX_NAMESPACES = 50
const MAX_NAMES = 40

interface PageRequest {
  cursor?: string | undefined
  limit: number
  /** Characters of each value to read. */
  valueLimit: number
}

export type BrowsedMemory = Awaited<ReturnType<typeof listBrowsedMemories>>[number] & TruthMarks
export type DeletedMemory = Awaited<ReturnType<typeof listDeletedMemories>>[number]

export interface BrowsedPage<Row> {
  rows: Row[]
  /** Where the next page begins; undefined at the end. */
  next_cursor: string | undefined
  /** Whether the page ends because it read enough, and matches may follow. */
  isPartial: boolean
}

/**
 * A page of the memories that pass a filter, last changed first. A filter that few memories pass
 * gives short pages, so that no page reads everything. Throws ToolError for a bad cursor.
 */
export async function browseMemories(
  { db, principal: { user_id: userId } }: DataContext,
  filter: SearchFilter,
  { cursor, limit, valueLimit }: PageRequest
): Promise<BrowsedPage<BrowsedMemory>> {
  const after = cursor ? decodeCursor(cursor) : undefined
  const page = { after, limit: limit + 1, valueLimit }
  const { rows, hasMore } = pageOf(await listBrowsedMemories(db, userId, filter, page), limit)
  const ids = rows.map(({ memory_id: id }) => id)
  const marks = await findTruthMarks(db, userId, ids)
  const readEnd =
    hasMore || !isFiltered(filter) ? undefined : await findBrowseEnd(db, userId, filter, after)
  return {
    rows: rows.map((row) => ({ ...row, ...marks.get(row.memory_id) })),
    next_cursor: readEnd ? encodeCursor(readEnd) : nextCursorOf({ rows, hasMore }, rows.length),
    isPartial: readEnd !== undefined
  }
}

/** A page of the deleted memories that can be restored, last deleted first. Throws ToolError. */
export async function browseDeleted(
  { db, principal: { user_id: userId } }: DataContext,
  { cursor, limit, valueLimit }: PageRequest
): Promise<BrowsedPage<DeletedMemory>> {
  const after = cursor ? decodeCursor(cursor) : undefined
  const page: Page<DeletedMemory> = pageOf(
    await listDeletedMemories(db, userId, { after, limit: limit + 1, valueLimit }),
    limit
  )
  return {
    rows: page.rows,
    next_cursor: nextCursorOf(page, page.rows.length),
    isPartial: false
  }
}

/** The names that a filter offers: namespaces, and types, tags and writers of recent memories. */
export interface FilterNames {
  namespaces: string[]
  types: string[]
  tags: string[]
  apps: string[]
}

/** The names to filter by, from a bounded number of memories. */
export async function listFilterNames({
  db,
  principal: { user_id: userId }
}: DataContext): Promise<FilterNames> {
  const namespaces = await listNamespaces(db, userId, MAX_NAMESPACES)
  const rows = await listRecentNames(db, userId)
  return {
    namespaces,
    types: distinctNames(rows.map(({ type }) => type)),
    tags: distinctNames(rows.flatMap(({ tags }) => tags)),
    apps: distinctNames(rows.map(({ app }) => app))
  }
}

/** The distinct names, in order. */
function distinctNames(names: string[]): string[] {
  return [...new Set(names)]
    .filter((name) => name !== '')
    .slice(0, MAX_NAMES)
    .sort((a, b) => (a < b ? -1 : 1))
}
