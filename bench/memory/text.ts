/** The same numbers on every run (mulberry32). */
export function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const VOCABULARY = 30_000
const syllables = [
  'ba',
  'ren',
  'to',
  'mil',
  'ka',
  'shu',
  'lor',
  'pen',
  'di',
  'vas',
  'mo',
  'gri',
  'ne',
  'fal',
  'sto',
  'wi',
  'zan',
  'cu',
  'hel',
  'jo'
]
const stopWords = [
  'the',
  'and',
  'of',
  'to',
  'a',
  'in',
  'is',
  'it',
  'that',
  'was',
  'for',
  'on',
  'with',
  'as',
  'we'
]
const shares = Array.from({ length: VOCABULARY }, (_, i) => 1 / (i + 10))
const sums = shares.map(
  (
    (sum) => (share: number) =>
      (sum += share)
  )(0)
)

function wordAt(rank: number): string {
  let word = ''
  for (let left = rank + syllables.length; left > 0; left = Math.floor(left / syllables.length)) {
    word += syllables[left % syllables.length]
  }
  return word
}

/**
 * A word, by how often real text uses its like (Zipf's law): the first in every tenth sentence,
 * most almost never.
 */
export function word(next: () => number): string {
  const aim = next() * sums[VOCABULARY - 1]!
  let [low, high] = [0, VOCABULARY - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sums[middle]! < aim) low = middle + 1
    else high = middle
  }
  return wordAt(low)
}

/** So many words, every third a stop word. */
export function sentence(next: () => number, words: number): string {
  return Array.from({ length: words }, () =>
    next() < 0.33 ? stopWords[Math.floor(next() * stopWords.length)] : word(next)
  ).join(' ')
}
