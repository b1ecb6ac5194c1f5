import type { Db } from '../../../db/connection/connect.ts'
import { toCondition, type SearchFilter } from '../../../db/memory/filter.ts'
import { findRankingContext } from '../../../db/memory/results.ts'
import { hasMemoryVectors, listNearestMemories } from '../../../db/memory/vectors.ts'
import type { Embedder } from '../../context.ts'
import { type Arms, rank } from './ranking.ts'

/** Memories that are found by meaning. */
const NEAREST = 100

/**
 * The user's memories nearest to the query, and their ranking with what stands beside them; or why
 * there is none.
 */
export async function findByMeaning(
  db: Db,
  userId: string,
  query: string,
  filter: SearchFilter,
  arms: Arms,
  { embedder, signal }: { embedder: Embedder; signal: AbortSignal }
) {
  const meaning = await embedder.embed(query, userId, signal)
  if ('missing' in meaning) return meaning.missing
  const found = await listNearestMemories(db, userId, {
    ...meaning,
    condition: toCondition(filter),
    limit: NEAREST
  })
  const least = found.at(-1)?.similarity
  if (least === undefined) {
    return (await hasMemoryVectors(db, userId, meaning.model_no))
      ? { nearest: found, ranked: [] }
      : 'no memory has been embedded yet'
  }
  const context = await findRankingContext(
    db,
    userId,
    found.map(({ memory_no: no }) => no),
    filter
  )
  const candidates = found.map(({ memory_no: no, similarity }) => ({
    memory_no: no,
    score: similarity - least + 1e-6,
    session_score: 0
  }))
  const ranked = rank(candidates, context, { ...arms, session: false, importance: false })
  return {
    nearest: found,
    ranked: ranked.map((one) => ({
      ...one,
      arms: one.arms.map((arm) => (arm === 'words' ? 'meaning' : arm))
    }))
  }
}
