import type { Db } from '../../../db/connection/connect.ts'
import { toCondition, type SearchFilter } from '../../../db/memory/filter.ts'
import { findRankingContext } from '../../../db/memory/results.ts'
import { hasMemoryVectors, listNearestMemories } from '../../../db/memory/vectors.ts'
import type { Embedder } from '../../context.ts'
import { type ActiveArms, rankMemories } from './ranking.ts'

/** Memories that the vector search returns. */
const MAX_NEAREST = 100

/**
 * Finds the memories nearest in meaning, and ranks them with their session neighbours. Returns the
 * reason as a string if meaning is not available.
 */
export async function findByMeaning(
  db: Db,
  userId: string,
  query: string,
  filter: SearchFilter,
  arms: ActiveArms,
  { embedder, signal }: { embedder: Embedder; signal: AbortSignal }
) {
  const queryVector = await embedder.embed(query, userId, signal)
  if ('missing' in queryVector) return queryVector.missing
  const nearestHits = await listNearestMemories(db, userId, {
    ...queryVector,
    condition: toCondition(filter),
    limit: MAX_NEAREST
  })
  const lowestSimilarity = nearestHits.at(-1)?.similarity
  if (lowestSimilarity === undefined) {
    return (await hasMemoryVectors(db, userId, queryVector.model_no))
      ? { nearest: nearestHits, ranked: [] }
      : 'no memory has been embedded yet'
  }
  const rankingContext = await findRankingContext(
    db,
    userId,
    nearestHits.map(({ memory_no: no }) => no),
    filter
  )
  const meaningCandidates = nearestHits.map(({ memory_no: no, similarity }) => ({
    memory_no: no,
    score: similarity - lowestSimilarity + 1e-6,
    session_score: 0
  }))
  const rankedMemories = rankMemories(meaningCandidates, rankingContext, {
    ...arms,
    session: false,
    importance: false
  })
  return {
    nearest: nearestHits,
    ranked: rankedMemories.map((rankedMemory) => ({
      ...rankedMemory,
      arms: rankedMemory.arms.map((arm) => (arm === 'words' ? 'meaning' : arm))
    }))
  }
}
