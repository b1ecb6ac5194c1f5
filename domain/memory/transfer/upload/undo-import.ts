import type { Trx } from '../../../../db/connection/connect.ts'
import type { ImportSummary } from '../../../../db/schema/index.ts'
import { undoLinks } from '../../../graph/undo.ts'
import { undoMemoryChanges } from '../../undo.ts'

/** The rows of our own export keep their former times, so no time bounds what an import wrote. */
const ALWAYS = new Date(0)

/**
 * Takes back what one import wrote, all in the transaction. What anybody changed since stays, and
 * counts as a conflict.
 */
export async function undoImport(
  trx: Trx,
  userId: string,
  importId: string
): Promise<NonNullable<ImportSummary['undone']>> {
  const author = { import_id: importId }
  const memories = await undoMemoryChanges(trx, userId, author, ALWAYS)
  const links = await undoLinks(trx, userId, author, ALWAYS)
  return {
    memories: memories.undone.length,
    links: links.undone.length,
    conflicts: memories.conflicts.length + links.conflicts.length
  }
}
