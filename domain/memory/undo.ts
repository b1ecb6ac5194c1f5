import type { Trx } from '../../db/connection/connect.ts'
import { lockMemories } from '../../db/memory/memories.ts'
import { listMemoryStates, listTouchedMemories, type MemoryState } from '../../db/memory/history.ts'
import type { WriterFilter } from '../../db/connection/writers.ts'
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

/** The author of changes that an undo makes. An undo can be undone by this name. */
export const UNDO_SOURCE: Source = { kind: 'command', name: 'kagura memory undo' }

/** Why a memory keeps its state: it would get a key that is not free any more. */
const PLACE_TAKEN = 'another memory has the key now'

/** Memories whose states one statement reads. */
const CHUNK_SIZE = 200

export interface UndoneMemory {
  memory_id: string
  agent_name: string
  key: string
  change: 'deleted' | 'restored' | 'reverted'
  to_version?: number
}
export type MemoryConflict = Pick<UndoneMemory, 'memory_id' | 'agent_name' | 'key'> & UndoObstacle
/** What keeps a change from being undone: a later change by another author, or another reason. */
export type UndoObstacle = { changed_by: string; changed_at: string } | { reason: string }
export interface MemoryUndoPlan {
  undone: UndoneMemory[]
  conflicts: MemoryConflict[]
}

/**
 * Takes back what the author wrote, changed or deleted since then, all in the transaction. A memory
 * that another author changed afterwards is a conflict and stays as that author left it. Later
 * changes by the undone author are taken back. Each change is a new version with the exact source
 * and time of the state that it restores. `dry` changes nothing.
 */
export async function undoMemoryChanges(
  trx: Trx,
  userId: string,
  author: WriterFilter,
  since: Date,
  { dry = false } = {}
): Promise<MemoryUndoPlan> {
  // Two undos would deadlock: one restores what the other has not locked yet.
  await lockUser(trx, userId)
  const memoryIds = await listTouchedMemories(trx, userId, author, since)
  const undoPlan: MemoryUndoPlan = { undone: [], conflicts: [] }
  for (let chunkStart = 0; chunkStart < memoryIds.length; chunkStart += CHUNK_SIZE) {
    await lockMemories(trx, userId, memoryIds.slice(chunkStart, chunkStart + CHUNK_SIZE))
  }
  for (let chunkStart = 0; chunkStart < memoryIds.length; chunkStart += CHUNK_SIZE) {
    const chunkIds = memoryIds.slice(chunkStart, chunkStart + CHUNK_SIZE)
    const chunkStates = await listMemoryStates(trx, userId, chunkIds, author, since)
    for (const stateChain of stateChains(chunkStates)) planMemoryUndo(stateChain, undoPlan)
  }
  if (!dry) {
    await withWriter(trx, { user_id: userId, source: UNDO_SOURCE }, (writer) =>
      carryOutPlan(trx, writer, undoPlan)
    )
  }
  return undoPlan
}

/** Groups states by memory, each chain newest first. */
function stateChains(states: MemoryState[]): MemoryState[][] {
  const chainsById = new Map<string, MemoryState[]>()
  for (const memoryState of states) {
    const { memory_id: id } = memoryState
    chainsById.set(id, [...(chainsById.get(id) ?? []), memoryState])
  }
  return [...chainsById.values()]
}

/**
 * Decides how far an undo goes back along a chain of states, newest first:
 * 1. It goes back to the first state of another author (`stop`). Without one, the undone author
 *    created the memory.
 * 2. An expiry counts as no author's change.
 * 3. An earlier undo as `stop` has settled everything older than itself.
 * 4. `conflict`: another author wrote upon a change of the undone author.
 * `theirs`: at least one change above `stop` is the undone author's.
 */
export function inspectStateChain<S extends { theirs: boolean; writer: Source }>(
  stateChain: S[]
): { stop: S | undefined; theirs: boolean; conflict: boolean } {
  const isNeutral = ({ writer, theirs }: S) => writer.kind === 'expiry' && !theirs
  const stopIndex = stateChain.findIndex((entry) => !entry.theirs && !isNeutral(entry))
  const newerStates = stopIndex === -1 ? stateChain : stateChain.slice(0, stopIndex)
  const stopState = stopIndex === -1 ? undefined : stateChain[stopIndex]
  const isSettled =
    stopState &&
    stopState.writer.kind === UNDO_SOURCE.kind &&
    stopState.writer.name === UNDO_SOURCE.name
  return {
    stop: stopState,
    theirs: newerStates.some(({ theirs }) => theirs),
    conflict:
      stopState !== undefined &&
      !isSettled &&
      stateChain.slice(stopIndex).some(({ theirs }) => theirs)
  }
}

function planMemoryUndo(stateChain: MemoryState[], { undone, conflicts }: MemoryUndoPlan): void {
  const newestState = stateChain[0]!
  const { stop, theirs, conflict } = inspectStateChain(stateChain)
  const { memory_id, agent_name, key } = newestState
  const memoryIdentity = { memory_id, agent_name, key }
  if (stop && conflict) {
    conflicts.push({
      ...memoryIdentity,
      changed_by: stop.writer.name,
      changed_at: stop.written.toISOString()
    })
  }
  if (!theirs) return
  if (!stop || stop.deleted || stop.over) {
    if (newestState.present) undone.push({ ...memoryIdentity, change: 'deleted' })
  } else {
    const change = newestState.present ? 'reverted' : 'restored'
    undone.push({ ...memoryIdentity, change, to_version: stop.version })
  }
}

/**
 * Deletes first, because a restored memory may need the key of a deleted one. A memory whose key is
 * taken is not restored and becomes a conflict.
 */
async function carryOutPlan(trx: Trx, writer: Writer, undoPlan: MemoryUndoPlan): Promise<void> {
  const changeOrder = { deleted: 0, reverted: 1, restored: 2 }
  const failures = new Map<UndoneMemory, string>()
  const sortedChanges = undoPlan.undone.toSorted(
    (a, b) => changeOrder[a.change] - changeOrder[b.change]
  )
  for (const undoneMemory of sortedChanges) {
    const reference = { memory_id: undoneMemory.memory_id }
    if (undoneMemory.change === 'deleted') await removeMemory(trx, writer, reference)
    else if (undoneMemory.change === 'reverted') {
      const version = undoneMemory.to_version!
      if (!(await revertToVersion(trx, writer, reference, version, true))) {
        failures.set(undoneMemory, PLACE_TAKEN)
      }
    } else {
      const failureReason = await restoreMemory(trx, writer, undoneMemory)
      if (failureReason !== undefined) failures.set(undoneMemory, failureReason)
    }
  }
  for (const [{ memory_id, agent_name, key }, reason] of failures) {
    undoPlan.conflicts.push({ memory_id, agent_name, key, reason })
  }
  undoPlan.undone = undoPlan.undone.filter((undoneMemory) => !failures.has(undoneMemory))
}

/** Returns why the memory cannot be restored, undefined when it is. */
async function restoreMemory(
  trx: Trx,
  writer: Writer,
  { memory_id, to_version: version }: UndoneMemory
): Promise<string | undefined> {
  await buryExpired(trx, writer, { memory_id })
  const outcome = await reviveDeletedMemory(trx, writer, { memory_id }, version, true)
  if (typeof outcome !== 'string') return undefined
  return outcome === 'taken' ? PLACE_TAKEN : 'the deletion is final'
}
