import type { Trx } from '../../db/connection/connect.ts'
import type { WriterFilter } from '../../db/connection/writers.ts'
import { type LinkUndoPlan, undoLinks } from '../graph/undo.ts'
import { type MemoryUndoPlan, undoMemoryChanges } from './undo.ts'

/** What an undo of one author takes back, or would take back. */
export interface UndoOutcome extends MemoryUndoPlan {
  links: LinkUndoPlan
}

/**
 * Takes back what the author wrote, changed or deleted since then: memories, then links, all in the
 * transaction. The command and the page of an app both call it. `dry` changes nothing.
 */
export async function undoAuthor(
  trx: Trx,
  userId: string,
  author: WriterFilter,
  since: Date,
  { dry = false } = {}
): Promise<UndoOutcome> {
  const { undone, conflicts } = await undoMemoryChanges(trx, userId, author, since, { dry })
  const links = await undoLinks(trx, userId, author, since, { dry })
  return { undone, conflicts, links }
}

/** The number of entries of each kind. */
export function countOutcome({ undone, conflicts, links }: UndoOutcome) {
  return {
    undone: undone.length,
    conflicts: conflicts.length,
    links: links.undone.length,
    link_conflicts: links.conflicts.length
  }
}
