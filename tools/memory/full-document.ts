import { Type } from 'typebox'
import { findMemory, recallMemory } from '../../db/memory/memories.ts'
import { countCodePoints, cutToBudget } from '../../lib/answer-size.ts'
import { tool } from '../tool.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { closed, GLOBAL_NAMESPACE, Namespace } from '../../domain/memory/fields.ts'

/** What the text of one part may cost of an answer. */
const PART_BUDGET = 54_000

export const memoryGetFullDocument = tool({
  name: 'memory_get_full_document',
  title: 'Read a long memory',
  description:
    'Returns the whole value of a memory, a long one part by part: call again with next_offset until there is none. Use it when another tool marked a value as truncated.',
  groups: ['memory'],
  annotations: {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false
  },
  input: Type.Object(
    {
      parent_id: Type.String({
        minLength: 1,
        maxLength: 255,
        description: 'Id or key of the memory.'
      }),
      agent_name: Namespace,
      offset: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 10_000_000,
          default: 0,
          description: 'next_offset of the last part.'
        })
      )
    },
    closed
  ),
  output: Type.Object(
    {
      parent_id: Type.String(),
      key: Type.String(),
      agent_name: Type.String(),
      full_content: Type.String({ description: 'All of it, or this part.' }),
      total_characters: Type.Integer(),
      next_offset: Type.Optional(Type.Integer())
    },
    closed
  ),
  async run(
    { parent_id: parent, agent_name: agentName = GLOBAL_NAMESPACE, offset = 0 },
    { db, principal }
  ) {
    const read = offset === 0 ? recallMemory : findMemory
    const memory =
      (await read(db, principal.user_id, { memory_id: parent })) ??
      (await read(db, principal.user_id, { agent_name: agentName, key: parent }))
    if (!memory) {
      throw new ToolError(
        `No memory with the id "${parent}", and none under this key in namespace "${agentName}". Find it with memory_search.`
      )
    }
    if (offset > 0 && offset >= memory.value.length) {
      throw new ToolError(
        `offset ${offset} is beyond the end. Begin anew without offset; the memory may have changed meanwhile.`
      )
    }
    const part = cutToBudget(memory.value.slice(offset), PART_BUDGET)
    const next = offset + part.length
    return {
      parent_id: memory.memory_id,
      key: memory.key,
      agent_name: memory.agent_name,
      full_content: part,
      total_characters: countCodePoints(memory.value),
      ...(next < memory.value.length && { next_offset: next })
    }
  },
  text: ({ full_content: part, next_offset: next }) =>
    next === undefined ? part : `${part}\n\n(There is more: call again with offset ${next}.)`
})
