import { Type } from 'typebox'
import { recallMemory } from '../../db/memory/memories.ts'
import { tool } from '../tool.ts'
import {
  closed,
  GLOBAL_NAMESPACE,
  Key,
  Namespace,
  memoryNotFound
} from '../../domain/memory/fields.ts'
import { memoryAnswer, memoryText, StoredMemory } from './answer.ts'
import { findTruthMarksOfMemory } from '../../domain/memory/truth.ts'

export const memoryRecall = tool({
  name: 'memory_recall',
  title: 'Recall a memory',
  description:
    'Returns the memory under an exact key. When the key is not known, use memory_search.',
  groups: ['memory'],
  annotations: {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false
  },
  input: Type.Object({ key: Key, agent_name: Namespace }, closed),
  output: StoredMemory,
  async run({ key, agent_name: agentName = GLOBAL_NAMESPACE }, { db, principal }) {
    const which = { key, agent_name: agentName }
    const memory = await recallMemory(db, principal.user_id, which)
    if (!memory) throw memoryNotFound(which)
    return memoryAnswer(
      memory,
      await findTruthMarksOfMemory(db, principal.user_id, memory.memory_id)
    )
  },
  text: memoryText
})
