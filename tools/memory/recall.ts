import { Type } from 'typebox'
import {
  closed,
  GLOBAL_NAMESPACE,
  Key,
  Namespace,
  memoryNotFound
} from '../../domain/memory/fields.ts'
import { recallMemory } from '../../domain/memory/recall.ts'
import { readOnly } from '../annotations.ts'
import { tool } from '../tool.ts'
import { memoryAnswer, memoryText, StoredMemory } from './answer.ts'

export const memoryRecall = tool({
  name: 'memory_recall',
  title: 'Recall a memory',
  description:
    'Returns the memory under an exact key. Use it when you know the key; if not, use ' +
    'memory_search.',
  example: { key: 'coffee_preference' },
  groups: ['memory'],
  annotations: readOnly,
  input: Type.Object({ key: Key, agent_name: Namespace }, closed),
  output: StoredMemory,
  async run({ key, agent_name: agentName = GLOBAL_NAMESPACE }, context) {
    const selector = { key, agent_name: agentName }
    const recalled = await recallMemory(context, selector)
    if (!recalled) throw memoryNotFound(selector)
    return memoryAnswer(recalled.memory, recalled.marks)
  },
  text: memoryText
})
