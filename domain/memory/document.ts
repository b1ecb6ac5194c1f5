import { findMemory, type Memory } from '../../db/memory/memories.ts'
import { countCodePoints, cutToBudget, textCost } from '../../lib/answer-size.ts'
import { quantity } from '../../lib/quantity.ts'
import { ToolError } from '../../lib/tool-error.ts'
import type { DataContext } from '../context.ts'
import { splitIntoChunks } from './chunks.ts'
import { GLOBAL_NAMESPACE } from './fields.ts'
import type { RecallContext } from './recall.ts'

/** A long memory, by its id or by its key in the namespace. */
export interface DocumentReference {
  parent_id: string
  agent_name?: string | undefined
}

export interface DocumentPart {
  memory: Memory
  text: string
  /** Where the next part begins; undefined after the last one. */
  nextOffset: number | undefined
}

/**
 * A part of the value from `offset` on (UTF-16 units), as long as `budget` allows (see textCost).
 * The first part counts as a use of the memory. Throws ToolError.
 */
export async function readDocumentPart(
  context: RecallContext,
  reference: DocumentReference,
  { offset, budget }: { offset: number; budget: number }
): Promise<DocumentPart> {
  const memory = await findDocument(context, reference)
  const { value } = memory
  if (offset === 0) context.countUse?.(memory.memory_id)
  if (offset > 0 && offset >= value.length) {
    throw new ToolError(
      `offset ${offset} is beyond the end of the value. ` +
        'Start again without offset; the memory may have changed in the meantime.'
    )
  }
  const text = cutToBudget(value.slice(offset), budget)
  const end = offset + text.length
  return { memory, text, nextOffset: end < value.length ? end : undefined }
}

/** A chunk of a memory in the columns that tools answer. */
export interface DocumentChunk {
  parent_id: string
  chunk_index: number
  total_chunks: number
  start: number
  characters: number
  content: string
}

/** All chunks of a memory, in order. Throws ToolError. */
export async function listDocumentChunks(
  context: DataContext,
  reference: DocumentReference
): Promise<DocumentChunk[]> {
  const memory = await findDocument(context, reference)
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

/** The chunk of that index. Throws ToolError when the memory has fewer chunks. */
export function chunkAt(chunks: readonly DocumentChunk[], index: number): DocumentChunk {
  const chunk = chunks[index]
  if (chunk) return chunk
  throw new ToolError(
    `chunk_index ${index} is beyond the end: ` +
      `the memory has ${quantity(chunks.length, 'chunk')}, counted from 0.`
  )
}

/**
 * A chunk with up to `size` chunks on each side, in order. Takes the nearest first and stops when
 * `budget` is used up (see textCost). Throws ToolError.
 */
export async function readChunkContext(
  context: DataContext,
  reference: DocumentReference,
  { index, size, budget }: { index: number; size: number; budget: number }
): Promise<DocumentChunk[]> {
  const chunks = await listDocumentChunks(context, reference)
  let remainingBudget = budget - textCost(chunkAt(chunks, index).content)
  let [firstIndex, lastIndex] = [index, index]
  for (let distance = 1; distance <= size; distance++) {
    for (const position of [index - distance, index + distance]) {
      const chunk = chunks[position]
      if (!chunk) continue
      remainingBudget -= textCost(chunk.content)
      if (remainingBudget < 0) return chunks.slice(firstIndex, lastIndex + 1)
      if (position < firstIndex) firstIndex = position
      else lastIndex = position
    }
  }
  return chunks.slice(firstIndex, lastIndex + 1)
}

async function findDocument(
  { db, principal: { user_id: userId } }: DataContext,
  { parent_id: parentId, agent_name: agentName = GLOBAL_NAMESPACE }: DocumentReference
): Promise<Memory> {
  const memory =
    (await findMemory(db, userId, { memory_id: parentId })) ??
    (await findMemory(db, userId, { agent_name: agentName, key: parentId }))
  if (memory) return memory
  throw new ToolError(
    `There is no memory with the id "${parentId}", and none under this key ` +
      `in namespace "${agentName}". Find it with memory_search.`
  )
}
