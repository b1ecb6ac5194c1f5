import type { MemoryReference } from '../../db/memory/conditions.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { GLOBAL_NAMESPACE } from './fields.ts'

/** How a call names one memory: by its id, or by its key in a namespace. */
export interface ReferenceInput {
  key?: string | undefined
  agent_name?: string | undefined
  id?: string | undefined
}

/** The reference that queries take. An id wins over a key. Throws ToolError without either. */
export function toMemoryReference({
  key,
  agent_name: agentName = GLOBAL_NAMESPACE,
  id
}: ReferenceInput): MemoryReference {
  if (id !== undefined) return { memory_id: id }
  if (key === undefined) throw new ToolError('Give the key of the memory, or its id.')
  return { agent_name: agentName, key }
}

/** The reference in words, to follow a noun: `under key "tea" in namespace "global"`. */
export function referenceText({
  key,
  agent_name: agentName = GLOBAL_NAMESPACE,
  id
}: ReferenceInput): string {
  return id === undefined ? `under key "${key}" in namespace "${agentName}"` : `with the id "${id}"`
}
