import { Type } from 'typebox'
import { chunkAt, listDocumentChunks, readChunkContext } from '../../domain/memory/document.ts'
import { closed, Namespace } from '../../domain/memory/fields.ts'
import { quantity } from '../../lib/quantity.ts'
import { readOnly } from '../annotations.ts'
import { tool } from '../tool.ts'
import { ParentId } from './full-document.ts'

const MAX_CHUNKS = 1000
/** What the chunks of one answer may cost: see textCost. */
const CONTEXT_BUDGET = 50_000

const chunkFields = {
  parent_id: Type.String(),
  chunk_index: Type.Integer(),
  total_chunks: Type.Integer(),
  start: Type.Integer(),
  characters: Type.Integer()
}

export const memoryGetChunkContext = tool({
  name: 'memory_get_chunk_context',
  title: 'Read around a chunk',
  description:
    'Returns a chunk of a long memory with the chunks before and after it, in order. Use ' +
    'it to read around a passage; for everything, use memory_get_full_document.',
  example: { parent_id: 'project_atlas_plan', chunk_index: 3 },
  groups: ['memory'],
  annotations: readOnly,
  input: Type.Object(
    {
      parent_id: ParentId,
      agent_name: Namespace,
      chunk_index: Type.Integer({ minimum: 0, description: 'Number of the chunk, from 0.' }),
      context_size: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 20,
          default: 1,
          description: 'How many chunks on each side.'
        })
      )
    },
    closed
  ),
  output: Type.Object(
    {
      parent_id: Type.String(),
      chunks: Type.Array(Type.Object({ ...chunkFields, content: Type.String() }, closed)),
      total_returned: Type.Integer()
    },
    closed
  ),
  async run({ chunk_index: index, context_size: size = 1, ...reference }, context) {
    const chunks = await readChunkContext(context, reference, {
      index,
      size,
      budget: CONTEXT_BUDGET
    })
    return { parent_id: chunks[0]!.parent_id, chunks, total_returned: chunks.length }
  },
  text: ({ chunks }) => chunks.map(({ content }) => content).join('')
})

export const memoryGetChunkMetadata = tool({
  name: 'memory_get_chunk_metadata',
  title: 'List the chunks of a memory',
  description:
    'Lists where the chunks of a long memory start and how long they are. Use it before ' +
    'you read some of them with memory_get_chunk_context.',
  example: { parent_id: 'project_atlas_plan' },
  groups: ['memory'],
  annotations: readOnly,
  input: Type.Object(
    {
      parent_id: ParentId,
      agent_name: Namespace,
      chunk_index: Type.Optional(
        Type.Integer({ minimum: 0, description: 'Only the chunk with this number.' })
      )
    },
    closed
  ),
  output: Type.Object(
    { chunks: Type.Array(Type.Object(chunkFields, closed)), total_chunks: Type.Integer() },
    closed
  ),
  async run({ chunk_index: index, ...reference }, context) {
    const chunks = await listDocumentChunks(context, reference)
    const listedChunks =
      index === undefined ? chunks.slice(0, MAX_CHUNKS) : [chunkAt(chunks, index)]
    return {
      chunks: listedChunks.map(({ content, ...fields }) => fields),
      total_chunks: chunks.length
    }
  },
  text: ({ chunks, total_chunks: total }) =>
    [
      `${quantity(total, 'chunk')}:`,
      ...chunks.map(
        ({ chunk_index: index, start, characters }) =>
          `- ${index}: from character ${start} on, ${characters} characters`
      )
    ].join('\n')
})
