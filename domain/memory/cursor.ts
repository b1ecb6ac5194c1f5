import type { PagePosition } from '../../db/memory/memories.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { tryParseInstant } from '../time/instant.ts'

/** A row of a page. Its cursor continues the list after this row. */
export type WithCursor<Row> = Row & { cursor: string }

export interface Page<Row> {
  rows: Array<WithCursor<Row>>
  /** Whether rows follow after the last one of this page. */
  hasMore: boolean
}

/**
 * A page of at most `limit` rows. The query reads one row more than that, which shows whether the
 * list goes on.
 */
export function pageOf<Row extends { memory_id: string; position: string }>(
  rows: readonly Row[],
  limit: number
): Page<Row> {
  return {
    rows: rows.slice(0, limit).map((row) => ({
      ...row,
      cursor: encodeCursor({ updated_at: row.position, memory_id: row.memory_id })
    })),
    hasMore: rows.length > limit
  }
}

/**
 * The cursor of the next page when an answer holds the first `count` rows of a page. Undefined at
 * the end of the list.
 */
export function nextCursorOf({ rows, hasMore }: Page<unknown>, count: number): string | undefined {
  return hasMore || count < rows.length ? rows[count - 1]?.cursor : undefined
}

/** The cursor that continues a list after this position. */
export function encodeCursor({ updated_at: updatedAt, memory_id: memoryId }: PagePosition): string {
  return Buffer.from(`${updatedAt} ${memoryId}`).toString('base64url')
}

/** The position after which a page begins. Throws ToolError for a text that no page returned. */
export function decodeCursor(cursor: string): PagePosition {
  const [, updatedAt, memoryId] =
    /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z) (.+)$/.exec(
      Buffer.from(cursor, 'base64url').toString()
    ) ?? []
  if (!updatedAt || !memoryId || !tryParseInstant(updatedAt) || memoryId.includes('\0')) {
    throw invalidCursor()
  }
  return { updated_at: updatedAt, memory_id: memoryId }
}

/** The number of rows before a page whose cursor is a count. Throws ToolError. */
export function decodeOffset(cursor: string): number {
  if (!/^\d{0,9}$/.test(cursor)) throw invalidCursor()
  return Number(cursor)
}

function invalidCursor(): ToolError {
  return new ToolError(
    'cursor is not valid. Pass next_cursor of the last page unchanged, ' +
      'or leave cursor out to start at the first page.'
  )
}
