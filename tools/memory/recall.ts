import { Type } from 'typebox'
import { recallMemory } from '../../db/memories.ts'
import { tool } from '../tool.ts'
import { closed, Key, memoryAnswer, memoryText, Namespace, notFound, StoredMemory } from './fields.ts'

export const memoryRecall = tool({
  name: 'memory_recall',
  title: 'Recall a memory',
  description: 'Returns the memory stored under an exact key. Use it when the key is known; when it is not, search by content with memory_search.',
  groups: ['memory'],
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input: Type.Object({ key: Key, agent_name: Namespace }, closed),
  output: StoredMemory,
  async run (which, { db, principal }) {
    const memory = await recallMemory(db, principal.user_id, which)
    if (!memory) throw notFound(which)
    return memoryAnswer(memory)
  },
  text: memoryText
})
