import { Type } from 'typebox'
import {
  closed,
  GLOBAL_NAMESPACE,
  Id,
  Key,
  Namespace,
  memoryNotFound
} from '../../domain/memory/fields.ts'
import { recallMemory } from '../../domain/memory/recall.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { readOnly } from '../annotations.ts'
import { tool } from '../tool.ts'
import { memoryAnswer, memoryText, StoredMemory } from './answer.ts'

export const memoryFetch = tool({
  name: 'memory_fetch',
  title: 'Fetch a memory',
  description:
    'Returns one memory by its id from memory_search_ids or search, or by its exact key. ' +
    'Use it after a search for ids; if you know the key, memory_recall does the same.',
  example: { id: '0d6f2c1e' },
  groups: ['memory'],
  annotations: readOnly,
  input: Type.Object({ key: Type.Optional(Key), agent_name: Namespace, id: Id }, closed),
  output: StoredMemory,
  async run(reference, context) {
    const recalled = await recallMemory(context, reference)
    if (recalled) return memoryAnswer(recalled.memory, recalled.marks)
    const { key = '', agent_name: agentName = GLOBAL_NAMESPACE, id } = reference
    if (id === undefined) throw memoryNotFound({ key, agent_name: agentName })
    throw new ToolError(
      `No memory with the id "${id}". Take an id from the results of memory_search_ids.`
    )
  },
  text: memoryText
})
