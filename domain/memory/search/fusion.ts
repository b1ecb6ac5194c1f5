import type { SearchArm, RankedMemory } from './ranking.ts'

/**
 * The highest weight of meaning; words have the rest. Equal separation gives meaning half of it.
 * Chosen on LoCoMo with a weak and a strong model (npm run bench -- recall): recall@10 stays within
 * .006 from 0.3 to 0.5.
 */
const MAX_MEANING = 0.4
/** The weight of words if memories have only the stop words of a query with other words. */
const STOP_WORDS_WEIGHT = 0.2
/** Separation is how far the scores fall from the first place to this one. */
const SEPARATION_PLACE = 10

/**
 * Merges the rankings by words and by meaning, best first. A score is the weighted sum of both,
 * each divided by the best of its arm, so between 0 and 1 (Bruch, Gai and Ingber 2023, "An Analysis
 * of Fusion Functions for Hybrid Retrieval"). The arm with the better separated first places weighs
 * more. `isSelective`: the matching words are more than stop words.
 */
export function fuseRankings(
  words: readonly RankedMemory[],
  meaning: readonly RankedMemory[],
  isSelective = true
): RankedMemory[] {
  const meaningShare = isSelective ? meaningWeight(words, meaning) : 1 - STOP_WORDS_WEIGHT
  const fusedHits = new Map<number, { score: number; arms: Set<SearchArm> }>()
  const addRanking = (list: readonly RankedMemory[], share: number) => {
    const bestScore = list[0]?.score ?? 1
    for (const { memory_no: no, score, arms } of list) {
      const earlierHit = fusedHits.get(no)
      fusedHits.set(no, {
        score: (earlierHit?.score ?? 0) + (share * score) / bestScore,
        arms: new Set([...(earlierHit?.arms ?? []), ...arms])
      })
    }
  }
  addRanking(words, 1 - meaningShare)
  addRanking(meaning, meaningShare)
  const fusedRanking = [...fusedHits].map(([memoryNo, { score, arms }]) => {
    return { memory_no: memoryNo, score: Number(score.toFixed(6)), arms: [...arms] }
  })
  return fusedRanking.sort((a, b) => b.score - a.score) // stable: ties keep the order of words
}

function meaningWeight(words: readonly RankedMemory[], meaning: readonly RankedMemory[]): number {
  if (words.length === 0 || meaning.length === 0) return MAX_MEANING / 2
  const [wordSeparation, meaningSeparation] = [scoreSeparation(words), scoreSeparation(meaning)]
  const separationSum = wordSeparation + meaningSeparation
  return separationSum === 0 ? MAX_MEANING / 2 : (MAX_MEANING * meaningSeparation) / separationSum
}

/**
 * How far the scores fall within the first places, as a share of the best score. A shorter ranking
 * has 1.
 */
function scoreSeparation(ranked: readonly RankedMemory[]): number {
  const lastScore = ranked[SEPARATION_PLACE - 1]?.score ?? 0
  return 1 - lastScore / ranked[0]!.score
}
