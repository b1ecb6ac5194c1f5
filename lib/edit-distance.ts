/** Words that one could be a misspelling of. */
const MAX_TERMS = 5

/**
 * The words that differ from the given one by one letter added, left out, changed or swapped with
 * the next, from eight letters on by two; the nearest first. Numbers and identifiers are near
 * nothing.
 */
export function nearest(word: string, known: readonly string[]): string[] {
  if (word.length < 4 || !/^[\p{L}\p{M}]+$/u.test(word)) return []
  const most = word.length < 8 ? 1 : 2
  return known
    .filter((other) => Math.abs(other.length - word.length) <= most)
    .map((other) => ({ other, distance: distanceOf(word, other) }))
    .filter(({ distance }) => distance <= most)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, MAX_TERMS)
    .map(({ other }) => other)
}

/** Letters added, left out, changed or swapped with the next (optimal string alignment). */
export function distanceOf(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      row[j] = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        row[j] = Math.min(row[j]!, before[j - 2]! + 1)
      }
    }
    ;[before, last] = [last, row]
  }
  return last[b.length]!
}
