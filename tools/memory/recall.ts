import { Type } from 'typebox'
import { recallMemory } from '../../db/memories.ts'
import { tool, ToolError } from '../tool.ts'
import { Key, Namespace, stored, StoredMemory } from './fields.ts'

/** What to say when nothing stands under a key. */
export function noMemory (key: string, agentName: string): ToolError {
  return new ToolError(`No memory under key "${key}" in namespace "${agentName}". Use memory_search to find it by its content, or memory_list to see the keys.`)
}

export const memoryRecall = tool({
  name: 'memory_recall',
  title: 'Recall a memory',
  description: 'Returns the memory stored under an exact key, whole. When you do not know the key, use memory_search.',
  groups: ['memory'],
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input: Type.Object({ key: Key, agent_name: Namespace }, { additionalProperties: false }),
  output: StoredMemory,
  async run ({ key, agent_name: agentName }, { db, principal }) {
    const memory = await recallMemory(db, principal.user_id, agentName, key)
    if (!memory) throw noMemory(key, agentName)
    return stored(memory)
  },
  text: ({ value }) => value
})
