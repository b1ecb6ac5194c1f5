import type { MemoryReference } from '../../db/memory/conditions.ts'
import { findMemory, lockMemories, type Memory } from '../../db/memory/memories.ts'
import { ToolError } from '../../lib/tool-error.ts'
import type { CallContext, DataContext } from '../context.ts'
import { DEFAULT_IMPORTANCE, metadataText, DEFAULT_TYPE } from './fields.ts'
import { resolveMemoryTimes } from './times.ts'
import { changeMemory, type ChangedFields, isPlaceTaken, withCallWriter } from './write.ts'

/** The fields to change. An absent field stays; null empties it. */
export interface MemoryUpdate {
  value?: string | null
  tags?: string[] | null
  importance?: number | null
  type?: string | null
  metadata?: Record<string, unknown> | null
  expires_at?: string | null
  session_id?: string | null
  speaker?: string | null
  occurred_at?: string | null
  /** Whether every briefing begins with it; null is no. */
  pinned?: boolean | null
}

/** Changes a memory and returns it; undefined when there is none. Throws ToolError. */
export async function updateMemory(
  context: CallContext,
  reference: MemoryReference,
  update: MemoryUpdate
): Promise<Memory | undefined> {
  if (Object.keys(update).length === 0) {
    throw new ToolError(
      'There is nothing to change. Give at least one field besides key, for example value.'
    )
  }
  const changes = await changesFrom(update, context)
  return withCallWriter(context, (trx, writer) => changeMemory(trx, writer, reference, changes))
}

/** How an edit ended. `changed`: somebody else has changed the memory since; here it is. */
export type EditOutcome =
  | { kind: 'saved'; memory: Memory }
  | { kind: 'missing' }
  | { kind: 'changed'; memory: Memory }
  | { kind: 'taken' }

/**
 * Changes a memory that has this version still, so that two editors do not overwrite each other.
 * `taken`: another memory has the key in the new namespace. Throws ToolError.
 */
export async function editMemory(
  context: CallContext,
  { memory_id: memoryId, version }: { memory_id: string; version: number },
  { agent_name: agentName, ...update }: MemoryUpdate & { agent_name?: string }
): Promise<EditOutcome> {
  const changes = await changesFrom(update, context)
  return withCallWriter(context, async (trx, writer) => {
    await lockMemories(trx, writer.user_id, [memoryId])
    const memory = await findMemory(trx, writer.user_id, { memory_id: memoryId })
    if (!memory) return { kind: 'missing' }
    if (memory.version !== version) return { kind: 'changed', memory }
    const place = { ...memory, agent_name: agentName ?? memory.agent_name }
    if (await isPlaceTaken(trx, writer, place)) return { kind: 'taken' }
    const saved = await changeMemory(
      trx,
      writer,
      { memory_id: memoryId },
      { ...changes, agent_name: place.agent_name }
    )
    return saved ? { kind: 'saved', memory: saved } : { kind: 'missing' }
  })
}

/** The columns to write. */
async function changesFrom(update: MemoryUpdate, context: DataContext): Promise<ChangedFields> {
  const { value, tags, importance, type, metadata } = update
  if (value === null) {
    throw new ToolError(
      'value cannot be empty. Give the new text, or delete the memory with memory_delete.'
    )
  }
  return {
    ...(value !== undefined && { value }),
    ...(tags !== undefined && { tags: JSON.stringify(tags ?? []) }),
    ...(importance !== undefined && { importance: importance ?? DEFAULT_IMPORTANCE }),
    ...(type !== undefined && { type: type ?? DEFAULT_TYPE }),
    ...(metadata !== undefined && { metadata: metadataText(metadata ?? {}) }),
    ...(update.session_id !== undefined && { session_id: update.session_id }),
    ...(update.pinned !== undefined && { pinned: update.pinned === true }),
    ...(update.speaker !== undefined && { speaker: update.speaker }),
    ...(await resolveMemoryTimes(update, context))
  }
}
