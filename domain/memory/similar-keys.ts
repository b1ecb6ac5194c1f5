import { listMemoryKeys, listMemoriesById } from '../../db/memory/memories.ts'
import { textSimilarity } from '../../lib/similarity.ts'
import type { DataContext } from '../context.ts'

/** Keys that one call compares: comparing costs time on the server's only thread. */
export const MAX_COMPARED_KEYS = 5000

export interface SimilarKeysRequest {
  pattern: string
  /** 0 to 1; 1 finds equal keys only. */
  threshold: number
  agent_name?: string | undefined
  limit: number
  /** Characters of each value to read. */
  valueLimit: number
}

type MemoryRow = Awaited<ReturnType<typeof listMemoriesById>>[number]

export interface SimilarKeys {
  memories: Array<MemoryRow & { similarity: number }>
  /** Whether older keys were left out of the comparison. */
  isPartial: boolean
}

/** The memories whose keys resemble the pattern, most similar first, then by key. */
export async function findSimilarKeys(
  { db, principal: { user_id: userId } }: DataContext,
  { pattern, threshold, agent_name: agentName, limit, valueLimit }: SimilarKeysRequest
): Promise<SimilarKeys> {
  const keyRows = await listMemoryKeys(db, userId, agentName, MAX_COMPARED_KEYS + 1)
  const ranking = keyRows
    .slice(0, MAX_COMPARED_KEYS)
    .map((row) => ({ ...row, similarity: textSimilarity(pattern, row.key, threshold) }))
    .filter((row) => row.similarity >= threshold)
    .toSorted(
      (a, b) =>
        b.similarity - a.similarity ||
        (a.key < b.key ? -1 : a.key > b.key ? 1 : 0) ||
        (a.memory_id < b.memory_id ? -1 : 1)
    )
    .slice(0, limit)
  const memoryIds = ranking.map(({ memory_id: id }) => id)
  const rowsById = new Map(
    (await listMemoriesById(db, userId, memoryIds, valueLimit)).map((row) => [row.memory_id, row])
  )
  return {
    memories: ranking.flatMap(({ memory_id: id, similarity }) => {
      const row = rowsById.get(id)
      return row ? [{ ...row, similarity }] : []
    }),
    isPartial: keyRows.length > MAX_COMPARED_KEYS
  }
}
