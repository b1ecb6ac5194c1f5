import type { Trx } from '../../db/connection/connect.ts'
import {
  deleteGraphEdge,
  type EdgeState,
  listTouchedEdges,
  revertGraphEdge,
  reviveGraphEdge
} from '../../db/graph/edge-history.ts'
import type { WriterFilter } from '../../db/memory/history.ts'
import { UNDO_SOURCE, inspectStateChain } from '../memory/undo.ts'

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
export interface LinkConflict extends LinkIdentity {
  changed_by: string
  changed_at: string
}
export interface LinkUndoPlan {
  undone: LinkUndone[]
  conflicts: LinkConflict[]
}

/**
 * Takes back the links that they made, changed or ended since then, as `undo` does with memories:
 * all in the transaction or nothing, each change a version of its own. What somebody else changed
 * afterwards, or where another link is open in its place now, is a conflict and stays. `dry`
 * changes nothing.
 */
export async function undoLinks(
  trx: Trx,
  userId: string,
  by: WriterFilter,
  since: Date,
  { dry = false } = {}
): Promise<LinkUndoPlan> {
  const plan: LinkUndoPlan = { undone: [], conflicts: [] }
  const chains = new Map<string, EdgeState[]>()
  for (const state of await listTouchedEdges(trx, userId, by, since)) {
    chains.set(state.edge_id, [...(chains.get(state.edge_id) ?? []), state])
  }
  for (const chain of chains.values()) planOne(chain, plan)
  if (dry) return plan
  const order = { deleted: 0, reverted: 1, reopened: 2, restored: 3 } // what goes first, because what comes back may need its place
  const left = new Set<LinkUndone>()
  for (const one of plan.undone.toSorted((a, b) => order[a.change] - order[b.change])) {
    if (!(await carryOut(trx, userId, one, chains.get(one.edge_id)![0]!.version))) left.add(one)
  }
  for (const { edge_id: id, type, from, to } of left) {
    plan.conflicts.push({
      edge_id: id,
      type,
      from,
      to,
      changed_by: 'another link is open in its place',
      changed_at: new Date().toISOString()
    })
  }
  return { ...plan, undone: plan.undone.filter((one) => !left.has(one)) }
}

function planOne(chain: EdgeState[], { undone, conflicts }: LinkUndoPlan): void {
  const { edge_id: id, type, from, to, present, valid_until: end } = chain[0]!
  const named = { edge_id: id, type, from, to }
  const { stop, theirs, conflict } = inspectStateChain(chain)
  if (stop && conflict) {
    conflicts.push({
      ...named,
      changed_by: stop.writer.name,
      changed_at: stop.written.toISOString()
    })
  }
  if (!theirs) return
  if (!stop || stop.deleted) {
    if (present) undone.push({ ...named, change: 'deleted' })
  } else {
    const change = !present
      ? 'restored'
      : end !== null && stop.valid_until === null
        ? 'reopened'
        : 'reverted'
    undone.push({ ...named, change, to_version: stop.version })
  }
}

async function carryOut(
  trx: Trx,
  userId: string,
  { edge_id: id, change, to_version: version }: LinkUndone,
  last: number
): Promise<boolean> {
  if (change === 'restored') {
    return reviveGraphEdge(trx, userId, id, { version: version!, last, source: UNDO_SOURCE })
  }
  if (change !== 'deleted') return revertGraphEdge(trx, userId, id, version!, UNDO_SOURCE)
  await deleteGraphEdge(trx, userId, id, UNDO_SOURCE)
  return true
}
