import snowball from 'snowball-stemmers'
import { eng } from 'stopword'

const K1 = 1.2
const B = 0.75
const stemmer = snowball.newStemmer('porter')
const stopWords = new Set(eng)

function termsOf(text: string): string[] {
  return (text.toLowerCase().match(/[a-z0-9]+/g) ?? [])
    .filter((word) => !stopWords.has(word))
    .map((word) => stemmer.stem(word))
}

/**
 * The anchor: plain BM25 over whole documents with Porter's stemmer and stop words, nothing of the
 * engine's. Equal scores in the given order.
 */
export function plainBm25(
  documents: ReadonlyArray<{ id: string; text: string }>
): (question: string) => string[] {
  const texts = documents.map(({ text }) => termsOf(text))
  const mean = texts.reduce((sum, { length }) => sum + length, 0) / texts.length
  const postings = new Map<string, Map<number, number>>()
  for (const [at, terms] of texts.entries()) {
    for (const term of terms) {
      const held = postings.get(term) ?? new Map<number, number>()
      postings.set(term, held.set(at, (held.get(at) ?? 0) + 1))
    }
  }
  return (question) => {
    const scores = new Map<number, number>()
    for (const term of termsOf(question)) {
      const held = postings.get(term) ?? new Map<number, number>()
      const rarity = Math.log(1 + (texts.length - held.size + 0.5) / (held.size + 0.5))
      for (const [at, frequency] of held) {
        const part =
          (rarity * frequency * (K1 + 1)) /
          (frequency + K1 * (1 - B + (B * texts[at]!.length) / mean))
        scores.set(at, (scores.get(at) ?? 0) + part)
      }
    }
    return [...scores].sort(([a, x], [b, y]) => y - x || a - b).map(([at]) => documents[at]!.id)
  }
}
