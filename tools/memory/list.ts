import { Type } from 'typebox'
import { listMemories } from '../../db/memories.ts'
import { tool, ToolError } from '../tool.ts'
import { ANSWER_BUDGET, AnyNamespace, MemoryType, oneLine, stored, StoredMemory, Tags } from './fields.ts'

export const memoryList = tool({
  name: 'memory_list',
  title: 'List memories',
  description: 'Lists what is remembered, the latest changed first, page by page. To find something in particular, use memory_search.',
  groups: ['memory'],
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input: Type.Object({
    limit: Type.Integer({ minimum: 1, maximum: 1000, default: 20, description: 'How many on a page.' }),
    cursor: Type.Optional(Type.String({ maxLength: 500, description: 'next_cursor of the former page.' })),
    agent_name: AnyNamespace,
    tags: Type.Optional(Type.Array(Tags.items, { ...Tags, description: 'Only memories with all of these tags.' })),
    type: Type.Optional(Type.String({ ...MemoryType, description: 'Only this kind of memory.' }))
  }, { additionalProperties: false }),
  output: Type.Object({
    memories: Type.Array(StoredMemory),
    count: Type.Integer({ description: 'How many are on this page.' }),
    next_cursor: Type.Optional(Type.String({ description: 'There are more: give this as cursor.' }))
  }, { additionalProperties: false }),

  async run ({ limit, cursor, ...filter }, { db, principal }) {
    const rows = await listMemories(db, principal.user_id, filter, limit + 1, cursor === undefined ? undefined : positionOf(cursor))
    const page = []
    let budget = ANSWER_BUDGET
    for (const row of rows.slice(0, limit)) {
      const memory = stored(row, 2000)
      budget -= JSON.stringify(memory).length
      if (budget < 0 && page.length > 0) break
      page.push(memory)
    }
    const last = rows[page.length - 1]
    return { memories: page, count: page.length, ...(last && page.length < rows.length && { next_cursor: cursorOf(last) }) }
  },

  text: ({ memories, next_cursor: next }) => memories.length === 0
    ? 'Nothing is stored here yet. Use memory_store to remember something.'
    : [...memories.map(({ key, value, agent_name: agentName }) => `- ${key}${agentName === 'global' ? '' : ` (${agentName})`}: ${oneLine(value)}`), ...(next ? [`More: call again with cursor ${next}`] : [])].join('\n')
})

function cursorOf ({ position, memory_id: id }: { position: string, memory_id: string }): string {
  return Buffer.from(JSON.stringify([position, id])).toString('base64url')
}

function positionOf (cursor: string): { updated_at: string, memory_id: string } {
  try {
    const [updatedAt, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [unknown, unknown]
    if (typeof updatedAt === 'string' && /^\d{4}-\d\d-\d\d [\d:.]+[+-][\d:]+$/.test(updatedAt) && typeof id === 'string' && !id.includes('\0')) return { updated_at: updatedAt, memory_id: id }
  } catch {}
  throw new ToolError('The cursor is not one that memory_list gave. Leave it out to start from the newest.')
}
