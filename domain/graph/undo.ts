import type { Trx } from '../../db/connection/connect.ts'
import {
  deleteGraphEdge,
  type EdgeState,
  listTouchedEdges,
  revertGraphEdge,
  reviveGraphEdge
} from '../../db/graph/edge-history.ts'
import type { WriterFilter } from '../../db/connection/writers.ts'
import { inspectStateChain, UNDO_SOURCE, type UndoObstacle } from '../memory/undo.ts'

interface LinkIdentity {
  edge_id: string
  type: string
  from: string
  to: string
}
export interface LinkUndone extends LinkIdentity {
  change: 'deleted' | 'reopened' | 'reverted' | 'restored'
  to_version?: number
}
export type LinkConflict = LinkIdentity & UndoObstacle
export interface LinkUndoPlan {
  undone: LinkUndone[]
  conflicts: LinkConflict[]
}

/**
 * Takes back the links that the author made, changed or ended since then, all in the transaction.
 * It follows the rules of undoMemoryChanges. A link whose place another open link has taken is a
 * conflict, too. `dry` changes nothing.
 */
export async function undoLinks(
  trx: Trx,
  userId: string,
  author: WriterFilter,
  since: Date,
  { dry = false } = {}
): Promise<LinkUndoPlan> {
  const undoPlan: LinkUndoPlan = { undone: [], conflicts: [] }
  const stateChains = new Map<string, EdgeState[]>()
  for (const edgeState of await listTouchedEdges(trx, userId, author, since)) {
    const { edge_id: id } = edgeState
    stateChains.set(id, [...(stateChains.get(id) ?? []), edgeState])
  }
  for (const stateChain of stateChains.values()) planLinkUndo(stateChain, undoPlan)
  if (dry) return undoPlan
  // Deletes first: a restored link may need the place of a deleted one.
  const changeOrder = { deleted: 0, reverted: 1, reopened: 2, restored: 3 }
  const sortedChanges = undoPlan.undone.toSorted(
    (a, b) => changeOrder[a.change] - changeOrder[b.change]
  )
  const failedChanges = new Set<LinkUndone>()
  for (const linkChange of sortedChanges) {
    const lastVersion = stateChains.get(linkChange.edge_id)![0]!.version
    if (!(await applyLinkChange(trx, userId, linkChange, lastVersion))) {
      failedChanges.add(linkChange)
    }
  }
  for (const { edge_id, type, from, to } of failedChanges) {
    const reason = 'another link is open in its place'
    undoPlan.conflicts.push({ edge_id, type, from, to, reason })
  }
  const undone = undoPlan.undone.filter((linkChange) => !failedChanges.has(linkChange))
  return { ...undoPlan, undone }
}

function planLinkUndo(stateChain: EdgeState[], { undone, conflicts }: LinkUndoPlan): void {
  const newestState = stateChain[0]!
  const { edge_id, type, from, to } = newestState
  const linkIdentity = { edge_id, type, from, to }
  const { stop, theirs, conflict } = inspectStateChain(stateChain)
  if (stop && conflict) {
    conflicts.push({
      ...linkIdentity,
      changed_by: stop.writer.name,
      changed_at: stop.written.toISOString()
    })
  }
  if (!theirs) return
  if (!stop || stop.deleted) {
    if (newestState.present) undone.push({ ...linkIdentity, change: 'deleted' })
  } else {
    const change = linkChangeTo(stop, newestState)
    undone.push({ ...linkIdentity, change, to_version: stop.version })
  }
}

function linkChangeTo(target: EdgeState, newestState: EdgeState): LinkUndone['change'] {
  if (!newestState.present) return 'restored'
  const isReopened = newestState.valid_until !== null && target.valid_until === null
  return isReopened ? 'reopened' : 'reverted'
}

/** Returns false if another open link has the place. */
async function applyLinkChange(
  trx: Trx,
  userId: string,
  { edge_id: edgeId, change, to_version: version }: LinkUndone,
  lastVersion: number
): Promise<boolean> {
  if (change === 'restored') {
    const restoration = { version: version!, last: lastVersion, source: UNDO_SOURCE }
    return reviveGraphEdge(trx, userId, edgeId, restoration)
  }
  if (change !== 'deleted') return revertGraphEdge(trx, userId, edgeId, version!, UNDO_SOURCE)
  await deleteGraphEdge(trx, userId, edgeId, UNDO_SOURCE)
  return true
}
