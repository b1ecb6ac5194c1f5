import { Type } from 'typebox'
import { nextCursorOf } from '../../domain/memory/cursor.ts'
import { AllTags, AnyNamespace, closed, OnlyType } from '../../domain/memory/fields.ts'
import { listMemories } from '../../domain/memory/list.ts'
import { Timezone, TimeWords } from '../../domain/memory/when.ts'
import { fitItems } from '../../lib/answer-size.ts'
import { quantity } from '../../lib/quantity.ts'
import { readOnly } from '../annotations.ts'
import { tool } from '../tool.ts'
import {
  LIST_VALUE_LIMIT,
  marksText,
  moreLines,
  reasonField,
  truthFields,
  valueText
} from './answer.ts'

export const memoryList = tool({
  name: 'memory_list',
  title: 'List memories',
  description:
    'Lists memories, the last changed first. Use it to see what is there, by tag or ' +
    'type; to find something, use memory_search.',
  example: { tags: ['work'] },
  rare: ['timezone'],
  groups: ['memory'],
  annotations: readOnly,
  input: Type.Object(
    {
      agent_name: AnyNamespace,
      tags: AllTags,
      type: OnlyType,
      when: TimeWords,
      timezone: Timezone,
      limit: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 1000,
          default: 50,
          description: 'How many on one page.'
        })
      ),
      cursor: Type.Optional(
        Type.String({ maxLength: 200, description: 'next_cursor of the page before.' })
      )
    },
    closed
  ),
  output: Type.Object(
    {
      memories: Type.Array(
        Type.Object(
          {
            key: Type.String(),
            value: Type.String(),
            truncated: Type.Optional(Type.Boolean()),
            agent_name: Type.String(),
            tags: Type.Array(Type.String()),
            type: Type.String(),
            ...truthFields,
            created_at: Type.String(),
            updated_at: Type.String()
          },
          closed
        )
      ),
      count: Type.Integer(),
      next_cursor: Type.Optional(Type.String()),
      reason: Type.Optional(Type.String())
    },
    closed
  ),
  async run({ limit = 50, ...request }, context) {
    const page = await listMemories(context, { ...request, limit, valueLimit: LIST_VALUE_LIMIT })
    const memories = fitItems(
      page.rows.map(({ memory_id: _, position: __, cursor: ___, ...memory }) => ({
        ...memory,
        created_at: memory.created_at.toISOString(),
        updated_at: memory.updated_at.toISOString()
      }))
    )
    const nextCursor = nextCursorOf(page, memories.length)
    return {
      memories,
      count: memories.length,
      ...reasonField(page.notes),
      ...(nextCursor !== undefined && { next_cursor: nextCursor })
    }
  },
  text: ({ memories, count, next_cursor: cursor, reason }) =>
    [
      count === 0
        ? 'There are no memories here.'
        : `${quantity(count, 'memory', 'memories')}, newest first:`,
      ...memories.map(
        ({ key, agent_name: agentName, tags, updated_at: updatedAt, ...memory }) =>
          `- ${key} [${agentName}]${marksText(memory)}${tagsText(tags)} ${updatedAt}: ` +
          valueText(memory)
      ),
      ...(reason ? [reason] : []),
      ...moreLines(cursor)
    ].join('\n')
})

function tagsText(tags: string[]): string {
  return tags.length > 0 ? ` (${tags.join(', ')})` : ''
}
