import type { SearchArm, RankedMemory } from './ranking.ts'

/**
 * The most that meaning weighs; words have the rest. When both arms separate their first places
 * equally, meaning has half of it. Chosen on LoCoMo with a weak model and with a strong one
 * (npm run bench -- recall): the same within .006 of recall@10 from 0.3 to 0.5.
 */
const MAX_MEANING = 0.4
/** What words weigh when the only ones found are stop words beside others that nobody wrote. */
const STOP_WORDS_WEIGHT = 0.2
/** An arm separates as much as its scores fall from the first place to this one. */
const SEPARATION_PLACE = 10

/**
 * One ranking from the rankings by words and by meaning, best first: the weighted sum of their
 * scores, each divided by the best of its arm, so between 0 and 1 (Bruch, Gai and Ingber 2023, "An
 * Analysis of Fusion Functions for Hybrid Retrieval"). The arm whose first places stand out weighs
 * more. `isSelective`: the words found are more than stop words.
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
  return fusedRanking.sort((a, b) => b.score - a.score) // stable: equal ones in the order of the words
}

function meaningWeight(words: readonly RankedMemory[], meaning: readonly RankedMemory[]): number {
  if (words.length === 0 || meaning.length === 0) return MAX_MEANING / 2
  const [wordSeparation, meaningSeparation] = [scoreSeparation(words), scoreSeparation(meaning)]
  const separationSum = wordSeparation + meaningSeparation
  return separationSum === 0 ? MAX_MEANING / 2 : (MAX_MEANING * meaningSeparation) / separationSum
}

/**
 * How far the scores fall within the first places, as a share of the best; 1 when there are fewer.
 */
function scoreSeparation(ranked: readonly RankedMemory[]): number {
  const lastScore = ranked[SEPARATION_PLACE - 1]?.score ?? 0
  return 1 - lastScore / ranked[0]!.score
}
