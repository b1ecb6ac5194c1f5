import type { Db } from '../../../db/connection/connect.ts'
import { exportSelectedRows } from '../../../db/memory/transfer.ts'
import { FORMAT_NAME } from './line.ts'

/** A value may have 1 MiB, so few are in memory at a time. */
const BATCH_SIZE = 5

/** Yields memories in the lines of exportJsonLines, without former versions and links. */
export async function* exportSelected(
  db: Db,
  userId: string,
  memoryIds: string[]
): AsyncGenerator<string> {
  yield JSON.stringify({ type: 'export', format: FORMAT_NAME, version: 1 })
  for (let start = 0; start < memoryIds.length; start += BATCH_SIZE) {
    const ids = memoryIds.slice(start, start + BATCH_SIZE)
    for (const row of await exportSelectedRows(db, userId, ids)) {
      yield `{"type":"memory","row":${row}}`
    }
  }
}
