import { Type } from 'typebox'
import { readDocumentPart } from '../../domain/memory/document.ts'
import { closed, Namespace } from '../../domain/memory/fields.ts'
import { countCodePoints } from '../../lib/answer-size.ts'
import { readOnly } from '../annotations.ts'
import { tool } from '../tool.ts'

/** What the text of one part may cost of an answer: see textCost. */
const PART_BUDGET = 54_000

/** A long memory, in the tools that read parts of one. */
export const ParentId = Type.String({
  minLength: 1,
  maxLength: 255,
  description: 'Id or key of the long memory.'
})

export const memoryGetFullDocument = tool({
  name: 'memory_get_full_document',
  title: 'Read a long memory',
  description:
    'Returns the whole value of a memory, a long one in parts: call again with ' +
    'next_offset until there is none. Use it when a value was truncated; for a passage ' +
    'of it, use memory_get_chunk_context.',
  example: { parent_id: 'project_atlas_plan' },
  groups: ['memory'],
  annotations: readOnly,
  input: Type.Object(
    {
      parent_id: ParentId,
      agent_name: Namespace,
      offset: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 10_000_000,
          default: 0,
          description: 'next_offset of the part before.'
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
      full_content: Type.String({ description: 'The whole value, or this part.' }),
      total_characters: Type.Integer(),
      next_offset: Type.Optional(Type.Integer())
    },
    closed
  ),
  async run({ offset = 0, ...reference }, context) {
    const { memory, text, nextOffset } = await readDocumentPart(context, reference, {
      offset,
      budget: PART_BUDGET
    })
    return {
      parent_id: memory.memory_id,
      key: memory.key,
      agent_name: memory.agent_name,
      full_content: text,
      total_characters: countCodePoints(memory.value),
      ...(nextOffset !== undefined && { next_offset: nextOffset })
    }
  },
  text: ({ full_content: part, next_offset: nextOffset }) =>
    nextOffset === undefined
      ? part
      : `${part}\n\n(There is more: call again with offset ${nextOffset}.)`
})
