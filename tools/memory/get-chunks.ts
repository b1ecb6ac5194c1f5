import { Type } from 'typebox'
import type { Db } from '../../db/connection/connect.ts'
import { findMemory } from '../../db/memory/memories.ts'
import { countCodePoints, textCost } from '../../lib/answer-size.ts'
import { tool } from '../tool.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { splitIntoChunks } from '../../domain/memory/chunks.ts'
import { closed, GLOBAL_NAMESPACE, Namespace } from '../../domain/memory/fields.ts'

const MAX_CHUNKS = 1000
/** What the chunks of one answer may cost: see textCost. */
const CONTEXT_BUDGET = 50_000
const annotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false
}
const ParentId = Type.String({
  minLength: 1,
  maxLength: 255,
  description: 'Id or key of the memory.'
})
const facts = {
  parent_id: Type.String(),
  chunk_index: Type.Integer(),
  total_chunks: Type.Integer(),
  start: Type.Integer(),
  characters: Type.Integer()
}

async function chunksOfMemory(db: Db, userId: string, parent: string, agentName: string) {
  const memory =
    (await findMemory(db, userId, { memory_id: parent })) ??
    (await findMemory(db, userId, { agent_name: agentName, key: parent }))
  if (!memory) {
    throw new ToolError(
      `No memory with the id "${parent}", and none under this key in namespace "${agentName}". Find it with memory_search.`
    )
  }
  const chunks = splitIntoChunks(memory.value)
  return chunks.map(({ text, start }, index) => ({
    parent_id: memory.memory_id,
    chunk_index: index,
    total_chunks: chunks.length,
    start,
    characters: countCodePoints(text),
    content: text
  }))
}

function refuseBeyond(index: number, count: number): void {
  if (index >= count) {
    throw new ToolError(
      `chunk_index ${index} is beyond the end: the memory has ${count} ${count === 1 ? 'chunk' : 'chunks'}, counted from 0.`
    )
  }
}

export const memoryGetChunkContext = tool({
  name: 'memory_get_chunk_context',
  title: 'Read around a chunk',
  description: 'Returns a chunk of a long memory with those before and after it, in order.',
  groups: ['memory'],
  annotations,
  input: Type.Object(
    {
      parent_id: ParentId,
      agent_name: Namespace,
      chunk_index: Type.Integer({ minimum: 0, description: 'Counted from 0.' }),
      context_size: Type.Optional(
        Type.Integer({ minimum: 0, maximum: 20, default: 1, description: 'Chunks on each side.' })
      )
    },
    closed
  ),
  output: Type.Object(
    {
      parent_id: Type.String(),
      chunks: Type.Array(Type.Object({ ...facts, content: Type.String() }, closed)),
      total_returned: Type.Integer()
    },
    closed
  ),
  async run(
    {
      parent_id: parent,
      agent_name: agentName = GLOBAL_NAMESPACE,
      chunk_index: index,
      context_size: size = 1
    },
    { db, principal }
  ) {
    const all = await chunksOfMemory(db, principal.user_id, parent, agentName)
    refuseBeyond(index, all.length)
    const chunks = around(all, index, size)
    return { parent_id: all[0]!.parent_id, chunks, total_returned: chunks.length }
  },
  text: ({ chunks }) => chunks.map(({ content }) => content).join('')
})

/** The chunk and up to `size` on each side, as many as one answer holds, the nearest first. */
function around<T extends { content: string }>(chunks: T[], index: number, size: number): T[] {
  let left = CONTEXT_BUDGET - textCost(chunks[index]!.content)
  let [first, last] = [index, index]
  for (let distance = 1; distance <= size; distance++) {
    for (const at of [index - distance, index + distance]) {
      const chunk = chunks[at]
      if (!chunk) continue
      left -= textCost(chunk.content)
      if (left < 0) return chunks.slice(first, last + 1)
      if (at < first) first = at
      else last = at
    }
  }
  return chunks.slice(first, last + 1)
}

export const memoryGetChunkMetadata = tool({
  name: 'memory_get_chunk_metadata',
  title: 'List the chunks of a memory',
  description:
    'Tells where the chunks of a long memory begin and how long they are; read them with memory_get_chunk_context.',
  groups: ['memory'],
  annotations,
  input: Type.Object(
    {
      parent_id: ParentId,
      agent_name: Namespace,
      chunk_index: Type.Optional(Type.Integer({ minimum: 0, description: 'Only this one.' }))
    },
    closed
  ),
  output: Type.Object(
    { chunks: Type.Array(Type.Object(facts, closed)), total_chunks: Type.Integer() },
    closed
  ),
  async run(
    { parent_id: parent, agent_name: agentName = GLOBAL_NAMESPACE, chunk_index: index },
    { db, principal }
  ) {
    const all = await chunksOfMemory(db, principal.user_id, parent, agentName)
    if (index !== undefined) refuseBeyond(index, all.length)
    const chosen = index === undefined ? all.slice(0, MAX_CHUNKS) : [all[index]!]
    return { chunks: chosen.map(({ content, ...rest }) => rest), total_chunks: all.length }
  },
  text: ({ chunks, total_chunks: total }) =>
    [
      `${total} ${total === 1 ? 'chunk' : 'chunks'}:`,
      ...chunks.map(
        ({ chunk_index: index, start, characters }) =>
          `- ${index}: from character ${start} on, ${characters} characters`
      )
    ].join('\n')
})
