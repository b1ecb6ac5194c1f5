import { listHistory } from '../../db/memory/history.ts'
import type { DataContext } from '../context.ts'
import { decodeOffset } from './cursor.ts'
import { type ReferenceInput, toMemoryReference } from './reference.ts'

export interface HistoryRequest {
  reference: ReferenceInput
  cursor: string
  limit: number
  /** Characters of each value to read. */
  valueLimit: number
}

type VersionRow = Awaited<ReturnType<typeof listHistory>>[number]

export interface HistoryPage {
  versions: VersionRow[]
  /** Versions before this page. The cursor of the next page is this plus what was shown. */
  offset: number
  hasMore: boolean
}

/** A page of the versions of a memory, newest first, deletions included. Throws ToolError. */
export async function listVersions(
  { db, principal }: DataContext,
  { reference, cursor, limit, valueLimit }: HistoryRequest
): Promise<HistoryPage> {
  const offset = decodeOffset(cursor)
  const rows = await listHistory(db, principal.user_id, toMemoryReference(reference), {
    limit: limit + 1,
    offset,
    valueLimit
  })
  return { versions: rows.slice(0, limit), offset, hasMore: rows.length > limit }
}
