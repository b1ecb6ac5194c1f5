import type { Trx } from '../../db/connection/connect.ts'
import { lockMemories } from '../../db/memory/memories.ts'
import {
  listMemoryStates,
  listTouchedMemories,
  type MemoryState,
  type WriterFilter
} from '../../db/memory/history.ts'
import type { Source } from '../../db/schema/index.ts'
import { lockUser } from '../../db/people/users.ts'
import {
  buryExpired,
  removeMemory,
  revertToVersion,
  reviveDeletedMemory,
  type Writer,
  withWriter
} from './write.ts'

/** Who an undo is written down as; it can be undone by this name. */
export const UNDO_SOURCE: Source = { kind: 'command', name: 'kagura memory undo' }

/** Memories whose states are read in one statement. */
const CHUNK = 200

export interface UndoneMemory {
  memory_id: string
  agent_name: string
  key: string
  change: 'deleted' | 'restored' | 'reverted'
  to_version?: number
}
export interface MemoryConflict {
  memory_id: string
  agent_name: string
  key: string
  changed_by: string
  changed_at: string
}
export interface MemoryUndoPlan {
  undone: UndoneMemory[]
  conflicts: MemoryConflict[]
}

/**
 * Takes back what they wrote, changed or deleted since then, all in the transaction or nothing. A
 * memory that somebody else changed afterwards is a conflict and stays as that left it; what they
 * changed again after that is taken back. Each change is a version of its own, exact to source and
 * time. `dry` changes nothing.
 */
export async function undoMemoryChanges(
  trx: Trx,
  userId: string,
  by: WriterFilter,
  since: Date,
  { dry = false } = {}
): Promise<MemoryUndoPlan> {
  await lockUser(trx, userId) // two undos would wait for each other: what one brings back, the other has not locked
  const ids = await listTouchedMemories(trx, userId, by, since)
  const plan: MemoryUndoPlan = { undone: [], conflicts: [] }
  for (let at = 0; at < ids.length; at += CHUNK) {
    await lockMemories(trx, userId, ids.slice(at, at + CHUNK))
  }
  for (let at = 0; at < ids.length; at += CHUNK) {
    const states = await listMemoryStates(trx, userId, ids.slice(at, at + CHUNK), by, since)
    for (const chain of chains(states)) planOne(chain, plan)
  }
  if (!dry) {
    await withWriter(trx, { user_id: userId, source: UNDO_SOURCE }, (writer) =>
      carryOut(trx, writer, plan)
    )
  }
  return plan
}

/** The states of each memory, which stand together. */
function chains(states: MemoryState[]): MemoryState[][] {
  const byMemory = new Map<string, MemoryState[]>()
  for (const state of states) {
    byMemory.set(state.memory_id, [...(byMemory.get(state.memory_id) ?? []), state])
  }
  return [...byMemory.values()]
}

/**
 * From the newest state back to the first that is not theirs, where one stops; without one they
 * began it. An expiry is nobody's change; an earlier undo has settled what is below it. `conflict`:
 * somebody else wrote upon what they had written.
 */
export function inspectStateChain<S extends { theirs: boolean; writer: Source }>(
  chain: S[]
): { stop: S | undefined; theirs: boolean; conflict: boolean } {
  const neutral = ({ writer, theirs }: S) => writer.kind === 'expiry' && !theirs
  const end = chain.findIndex((state) => !state.theirs && !neutral(state))
  const tail = end === -1 ? chain : chain.slice(0, end)
  const stop = end === -1 ? undefined : chain[end]
  const settled =
    stop && stop.writer.kind === UNDO_SOURCE.kind && stop.writer.name === UNDO_SOURCE.name
  return {
    stop,
    theirs: tail.some(({ theirs }) => theirs),
    conflict: stop !== undefined && !settled && chain.slice(end).some(({ theirs }) => theirs)
  }
}

function planOne(chain: MemoryState[], { undone, conflicts }: MemoryUndoPlan): void {
  const newest = chain[0]!
  const { stop, theirs, conflict } = inspectStateChain(chain)
  const named = { memory_id: newest.memory_id, agent_name: newest.agent_name, key: newest.key }
  if (stop && conflict) {
    conflicts.push({
      ...named,
      changed_by: stop.writer.name,
      changed_at: stop.written.toISOString()
    })
  }
  if (!theirs) return
  const there = newest.present
  if (!stop || stop.deleted || stop.over) {
    if (there) undone.push({ ...named, change: 'deleted' })
  } else {
    undone.push({ ...named, change: there ? 'reverted' : 'restored', to_version: stop.version })
  }
}

/**
 * What goes first, because what comes back may need its key. What does not come back because its
 * key is taken becomes a conflict.
 */
async function carryOut(trx: Trx, writer: Writer, plan: MemoryUndoPlan): Promise<void> {
  const order = { deleted: 0, reverted: 1, restored: 2 }
  const left = new Map<UndoneMemory, string>()
  for (const one of plan.undone.toSorted((a, b) => order[a.change] - order[b.change])) {
    const which = { memory_id: one.memory_id }
    if (one.change === 'deleted') await removeMemory(trx, writer, which)
    else if (one.change === 'reverted')
      await revertToVersion(trx, writer, which, one.to_version!, true)
    else {
      await buryExpired(trx, writer, which)
      const outcome = await reviveDeletedMemory(trx, writer, which, one.to_version, true)
      if (typeof outcome === 'string') {
        left.set(
          one,
          outcome === 'taken' ? 'another memory has the key now' : 'time: the deletion is final'
        )
      }
    }
  }
  for (const [{ memory_id: id, agent_name: agentName, key }, why] of left) {
    plan.conflicts.push({
      memory_id: id,
      agent_name: agentName,
      key,
      changed_by: why,
      changed_at: new Date().toISOString()
    })
  }
  plan.undone = plan.undone.filter((one) => !left.has(one))
}
