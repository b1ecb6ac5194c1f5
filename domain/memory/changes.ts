import { insertAuditLog } from '../../db/audit/audit-logs.ts'
import type { Trx } from '../../db/connection/connect.ts'
import { findMemory, lockMemories } from '../../db/memory/memories.ts'
import { findDeletion, findVersion } from '../../db/memory/versions.ts'
import { lockUser } from '../../db/people/users.ts'
import type { CallContext } from '../context.ts'
import { deletionEntry } from './delete.ts'
import {
  changeMemory,
  isPlaceTaken,
  removeMemory,
  revertToVersion,
  reviveDeletedMemory,
  type Writer,
  withCallWriter
} from './write.ts'

/** The most memories that one call changes, because all wait in one transaction. */
export const MAX_CHANGES = 100
const MAX_TAGS = 64

/** A memory and the version that a change made. */
export interface Change {
  memory_id: string
  version: number
}

/** `blocked`: memories that stay as they are because another one has the key. */
export interface ChangeResult {
  changes: Change[]
  blocked: number
}

/** Changes one memory. Undefined when there is nothing to do, 'blocked' if the key is taken. */
type MemoryChange = (
  trx: Trx,
  writer: Writer,
  memoryId: string
) => Promise<number | 'blocked' | undefined>

/** Deletes memories, which can be restored, and writes each deletion to the audit log. */
export function deleteMemories(context: CallContext, memoryIds: string[]): Promise<ChangeResult> {
  return changeEach(context, memoryIds, async (trx, writer, memoryId) => {
    const former = await removeMemory(trx, writer, { memory_id: memoryId })
    if (!former) return undefined
    await insertAuditLog(trx, deletionEntry(writer, memoryId))
    return former.version + 1
  })
}

/** Restores deleted memories to their last state. */
export function restoreMemories(context: CallContext, memoryIds: string[]): Promise<ChangeResult> {
  return changeEach(context, memoryIds, async (trx, writer, memoryId) => {
    const reference = { memory_id: memoryId }
    const outcome = await reviveDeletedMemory(trx, writer, reference, undefined, false)
    if (outcome === 'taken') return 'blocked'
    if (outcome === 'none') return undefined
    return (await findMemory(trx, writer.user_id, reference))?.version
  })
}

/** Adds a tag to memories, or removes it. A memory with 64 tags gets no more. */
export function tagMemories(
  context: CallContext,
  memoryIds: string[],
  { tag, remove }: { tag: string; remove: boolean }
): Promise<ChangeResult> {
  return changeEach(context, memoryIds, async (trx, writer, memoryId) => {
    const reference = { memory_id: memoryId }
    const tags = (await findMemory(trx, writer.user_id, reference))?.tags
    if (tags?.includes(tag) !== remove) return undefined
    if (!remove && tags.length >= MAX_TAGS) return undefined
    const newTags = remove ? tags.filter((kept) => kept !== tag) : [...tags, tag]
    const changes = { tags: JSON.stringify(newTags) }
    return (await changeMemory(trx, writer, reference, changes))?.version
  })
}

/** Pins memories, so that every briefing begins with them, or unpins them. */
export function pinMemories(
  context: CallContext,
  memoryIds: string[],
  pinned: boolean
): Promise<ChangeResult> {
  return changeEach(context, memoryIds, async (trx, writer, memoryId) => {
    const reference = { memory_id: memoryId }
    const memory = await findMemory(trx, writer.user_id, reference)
    if (!memory || (memory.pinned_at !== null) === pinned) return undefined
    return (await changeMemory(trx, writer, reference, { pinned }))?.version
  })
}

/** Moves memories into a namespace. */
export function moveMemories(
  context: CallContext,
  memoryIds: string[],
  agentName: string
): Promise<ChangeResult> {
  return changeEach(context, memoryIds, async (trx, writer, memoryId) => {
    const reference = { memory_id: memoryId }
    const memory = await findMemory(trx, writer.user_id, reference)
    if (!memory || memory.agent_name === agentName) return undefined
    const place = { ...memory, agent_name: agentName }
    if (await isPlaceTaken(trx, writer, place)) return 'blocked'
    return (await changeMemory(trx, writer, reference, { agent_name: agentName }))?.version
  })
}

/**
 * Takes changes back: each memory gets the exact state before the change, as a new version. A
 * memory that was changed since, or whose key is taken, stays as it is and counts as blocked.
 */
export function undoChanges(context: CallContext, changes: Change[]): Promise<ChangeResult> {
  const versions = new Map(changes.map((change) => [change.memory_id, change.version]))
  return changeEach(context, [...versions.keys()], async (trx, writer, memoryId) => {
    const reference = { memory_id: memoryId }
    const version = versions.get(memoryId)!
    const memory = await findMemory(trx, writer.user_id, reference)
    const present = memory ?? (await findDeletion(trx, writer.user_id, memoryId))
    if (present?.version !== version) return 'blocked'
    const former = await findVersion(trx, writer.user_id, memoryId, version - 1)
    if (!memory) {
      const outcome = await reviveDeletedMemory(trx, writer, reference, version - 1, true)
      return typeof outcome === 'string' ? 'blocked' : version + 1
    }
    if (!former || former.deleted) await removeMemory(trx, writer, reference)
    else if (!(await revertToVersion(trx, writer, reference, version - 1, true))) return 'blocked'
    return version + 1
  })
}

/** Changes memories in one transaction, in the order of their ids to avoid deadlocks. */
async function changeEach(
  context: CallContext,
  memoryIds: string[],
  change: MemoryChange
): Promise<ChangeResult> {
  const ids = [...new Set(memoryIds)].slice(0, MAX_CHANGES).sort()
  return withCallWriter(context, async (trx, writer) => {
    // Another restore, undo or purge of this person waits here.
    await lockUser(trx, writer.user_id)
    await lockMemories(trx, writer.user_id, ids)
    const result: ChangeResult = { changes: [], blocked: 0 }
    for (const memoryId of ids) {
      const outcome = await change(trx, writer, memoryId)
      if (outcome === 'blocked') result.blocked++
      else if (outcome !== undefined) {
        result.changes.push({ memory_id: memoryId, version: outcome })
      }
    }
    return result
  })
}
