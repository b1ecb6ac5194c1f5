import { listMemories as listRows } from '../../db/memory/memories.ts'
import type { DataContext } from '../context.ts'
import { decodeCursor, type Page, pageOf } from './cursor.ts'
import { explainEmptyList } from './empty-answer.ts'
import { similarNamespaceHint } from './namespaces.ts'
import { findTruthMarks, type TruthMarks } from './truth.ts'
import { spanNote, resolveTimeWords } from './when.ts'

export interface ListRequest {
  agent_name?: string | undefined
  /** All of these. */
  tags?: string[] | undefined
  type?: string | undefined
  /** Time words, such as "last week". */
  when?: string | undefined
  timezone?: string | undefined
  cursor?: string | undefined
  limit: number
  /** Characters of each value to read. */
  valueLimit: number
}

type ListedRow = Awaited<ReturnType<typeof listRows>>[number] & TruthMarks

/**
 * A page of memories, the last changed first. `notes` are sentences about the time span, a
 * namespace of a similar name and an empty result. Throws ToolError.
 */
export async function listMemories(
  { db, principal: { user_id: userId } }: DataContext,
  { limit, valueLimit, cursor, when, timezone, ...filter }: ListRequest
): Promise<Page<ListedRow> & { notes: string[] }> {
  const span = await resolveTimeWords(db, userId, 'when', when, timezone)
  const timedFilter = { ...filter, from: span?.from, until: span?.until }
  const { rows, hasMore } = pageOf(
    await listRows(db, userId, {
      ...timedFilter,
      after: cursor ? decodeCursor(cursor) : undefined,
      limit: limit + 1,
      valueLimit
    }),
    limit
  )
  const marks = await findTruthMarks(
    db,
    userId,
    rows.map(({ memory_id: id }) => id)
  )
  const namespaceHint =
    filter.agent_name === undefined ? '' : await similarNamespaceHint(db, userId, filter.agent_name)
  const emptyReason =
    rows.length === 0 && !cursor
      ? await explainEmptyList(db, userId, { filter: timedFilter, when })
      : ''
  return {
    rows: rows.map((row) => ({ ...row, ...marks.get(row.memory_id) })),
    hasMore,
    notes: [spanNote(span), namespaceHint, emptyReason].filter(Boolean)
  }
}
