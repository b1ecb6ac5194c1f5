/**
 * How alike two texts are, 0 to 1, without regard to case: twice the matching characters by the
 * length of both (Ratcliff and Obershelp 1988). Less than `atLeast` may come back as 0.
 */
export function similarity(one: string, other: string, atLeast = 0): number {
  const [a, b] = [[...one.toLowerCase()], [...other.toLowerCase()]]
  const both = a.length + b.length
  if (both === 0) return 1
  if (
    (2 * Math.min(a.length, b.length)) / both < atLeast ||
    (2 * inCommon(a, b)) / both < atLeast
  ) {
    return 0
  }
  return (2 * matching(a, 0, a.length, b, 0, b.length)) / both
}

/** Characters that both have, wherever they stand: never less than what matches. */
function inCommon(a: string[], b: string[]): number {
  const left = new Map<string, number>()
  for (const character of b) left.set(character, (left.get(character) ?? 0) + 1)
  let common = 0
  for (const character of a) {
    const count = left.get(character) ?? 0
    if (count === 0) continue
    left.set(character, count - 1)
    common++
  }
  return common
}

/** The longest common part, and what matches in the same way on either side of it. */
function matching(
  a: string[],
  fromA: number,
  toA: number,
  b: string[],
  fromB: number,
  toB: number
): number {
  if (fromA === toA || fromB === toB) return 0
  let [length, atA, atB] = [0, 0, 0]
  let above = new Uint16Array(toB - fromB + 1)
  for (let i = fromA; i < toA; i++) {
    const row = new Uint16Array(toB - fromB + 1)
    for (let j = fromB; j < toB; j++) {
      if (a[i] !== b[j]) continue
      const run = (row[j - fromB + 1] = above[j - fromB]! + 1)
      if (run > length) [length, atA, atB] = [run, i - run + 1, j - run + 1]
    }
    above = row
  }
  if (length === 0) return 0
  return (
    matching(a, fromA, atA, b, fromB, atB) +
    length +
    matching(a, atA + length, toA, b, atB + length, toB)
  )
}
