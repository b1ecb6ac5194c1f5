import { findSameValue } from '../../db/memory/relations.ts'
import type { CallContext, DataContext } from '../context.ts'
import { DEFAULT_IMPORTANCE, GLOBAL_NAMESPACE, metadataText, DEFAULT_TYPE } from './fields.ts'
import { similarNamespaceHint } from './namespaces.ts'
import { resolveMemoryTimes } from './times.ts'
import { storeMemory, withCallWriter } from './write.ts'

/** A memory as a person or an app gives it; times are text. */
export interface MemoryInput {
  key: string
  value: string
  agent_name?: string
  tags?: string[]
  importance?: number
  type?: string
  metadata?: Record<string, unknown>
  expires_at?: string
  session_id?: string
  speaker?: string
  occurred_at?: string
  /** Absent leaves the pin of a replaced memory as it is. */
  pinned?: boolean
}

export interface SavedMemory {
  memory_id: string
  agent_name: string
  created: boolean
  /** The value that this one replaces. */
  replaced?: string
  /** Sentences about similar namespaces and equal memories; empty when there are none. */
  hint: string
}

/** Stores a memory under its key and replaces the one that is there. Throws ToolError. */
export async function saveMemory(context: CallContext, input: MemoryInput): Promise<SavedMemory> {
  const agentName = input.agent_name ?? GLOBAL_NAMESPACE
  const content = {
    key: input.key,
    value: input.value,
    agent_name: agentName,
    tags: input.tags ?? [],
    importance: input.importance ?? DEFAULT_IMPORTANCE,
    type: input.type || DEFAULT_TYPE,
    metadata: metadataText(input.metadata ?? {}),
    session_id: input.session_id || null,
    speaker: input.speaker || null,
    occurred_at: null,
    expires_at: null,
    ...(input.pinned !== undefined && { pinned: input.pinned }),
    ...(await resolveMemoryTimes(input, context))
  }
  const stored = await withCallWriter(context, (trx, writer) => storeMemory(trx, writer, content))
  const saved = { ...stored, agent_name: agentName }
  return { ...saved, hint: await hintAfterSave(context, saved) }
}

/** Points out a namespace of nearly the same name, and a memory of the same value. */
async function hintAfterSave(
  { db, principal: { user_id: userId } }: DataContext,
  {
    memory_id: memoryId,
    agent_name: agentName,
    created
  }: Pick<SavedMemory, 'memory_id' | 'agent_name' | 'created'>
): Promise<string> {
  const namespaceHint =
    created && agentName !== GLOBAL_NAMESPACE
      ? await similarNamespaceHint(db, userId, agentName)
      : ''
  const duplicate = await findSameValue(db, userId, memoryId)
  if (!duplicate) return namespaceHint
  const place = duplicate.agent_name === agentName ? '' : ` in namespace "${duplicate.agent_name}"`
  const duplicateHint =
    `The memory "${duplicate.key}"${place} says the same. Both are kept; ` +
    'delete one with memory_delete if you do not need it.'
  return [namespaceHint, duplicateHint].filter(Boolean).join(' ')
}
