/**
 * The similarity of two texts, 0 to 1, ignoring case: twice the matching characters divided by both
 * lengths (Ratcliff and Obershelp 1988). A similarity below `atLeast` may be returned as 0.
 */
export function textSimilarity(first: string, second: string, atLeast = 0): number {
  const [a, b] = [[...first.toLowerCase()], [...second.toLowerCase()]]
  const totalLength = a.length + b.length
  if (totalLength === 0) return 1
  if (
    (2 * Math.min(a.length, b.length)) / totalLength < atLeast ||
    (2 * countCommonCharacters(a, b)) / totalLength < atLeast
  ) {
    return 0
  }
  return (2 * countMatching(a, 0, a.length, b, 0, b.length)) / totalLength
}

/** Characters in both texts, in any order: an upper bound of countMatching. */
function countCommonCharacters(a: string[], b: string[]): number {
  const remainingCounts = new Map<string, number>()
  for (const character of b) {
    remainingCounts.set(character, (remainingCounts.get(character) ?? 0) + 1)
  }
  let commonCount = 0
  for (const character of a) {
    const remainingCount = remainingCounts.get(character) ?? 0
    if (remainingCount === 0) continue
    remainingCounts.set(character, remainingCount - 1)
    commonCount++
  }
  return commonCount
}

/** The length of the longest common part, plus the matches on either side of it. */
function countMatching(
  a: string[],
  fromA: number,
  toA: number,
  b: string[],
  fromB: number,
  toB: number
): number {
  if (fromA === toA || fromB === toB) return 0
  let [length, atA, atB] = [0, 0, 0]
  let previousRuns = new Uint16Array(toB - fromB + 1)
  for (let i = fromA; i < toA; i++) {
    const currentRuns = new Uint16Array(toB - fromB + 1)
    for (let j = fromB; j < toB; j++) {
      if (a[i] !== b[j]) continue
      const runLength = (currentRuns[j - fromB + 1] = previousRuns[j - fromB]! + 1)
      if (runLength > length) [length, atA, atB] = [runLength, i - runLength + 1, j - runLength + 1]
    }
    previousRuns = currentRuns
  }
  if (length === 0) return 0
  return (
    countMatching(a, fromA, atA, b, fromB, atB) +
    length +
    countMatching(a, atA + length, toA, b, atB + length, toB)
  )
}
