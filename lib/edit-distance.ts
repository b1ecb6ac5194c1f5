/** Words returned at most. */
const MAX_NEAREST = 5

/**
 * The nearest words, with at most one letter added, removed, changed or swapped with the next, or
 * two in words of eight letters or more. Numbers and identifiers have no near words.
 */
export function nearestWords(word: string, known: readonly string[]): string[] {
  if (word.length < 4 || !/^[\p{L}\p{M}]+$/u.test(word)) return []
  const maxDistance = word.length < 8 ? 1 : 2
  return known
    .filter((candidate) => Math.abs(candidate.length - word.length) <= maxDistance)
    .map((candidate) => ({ candidate, distance: editDistance(word, candidate) }))
    .filter(({ distance }) => distance <= maxDistance)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, MAX_NEAREST)
    .map(({ candidate }) => candidate)
}

/** Letters added, removed, changed or swapped with the next (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let rowBeforePrevious: number[] = []
  let previousRow = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const currentRow = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitutionCost = a[i - 1] === b[j - 1] ? 0 : 1
      currentRow[j] = Math.min(
        previousRow[j]! + 1,
        currentRow[j - 1]! + 1,
        previousRow[j - 1]! + substitutionCost
      )
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        currentRow[j] = Math.min(currentRow[j]!, rowBeforePrevious[j - 2]! + 1)
      }
    }
    ;[rowBeforePrevious, previousRow] = [previousRow, currentRow]
  }
  return previousRow[b.length]!
}
