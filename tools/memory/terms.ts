import snowball from 'snowball-stemmers'
import { eng } from 'stopword'
import { partsOf, wordsOf } from './words.ts'

/** Different terms kept of one memory; ordinary text of 1 MiB has fewer. */
const MAX_TERMS = 30_000
/** Different terms looked up for one query: of a longer one its two ends, where people put the question. */
const MAX_QUERY_TERMS = 128
/** Names that somebody chose say more than running text. */
const weights = { key: 2, tags: 2, speaker: 1, value: 1 }

const stemmer = snowball.newStemmer('english')
/** Snowball's English list has these beside the library's words; the last line is what is left of don't and its kind. */
const furtherStopWords = [
  'myself ours ourselves yours yourself yourselves she hers herself its itself theirs themselves whom having does doing',
  'until against during above below down off again further once when why few more no nor not own so will just',
  'ain aren couldn didn doesn don hadn hasn haven isn shouldn wasn weren won wouldn'
].flatMap((line) => line.split(' '))
const stopWords = new Set([...eng, ...furtherStopWords])

export interface Indexed {
  key: string
  tags: readonly string[]
  speaker: string | null
  value: string
}

/** Stop words have a mark: they are kept of names only, and asked for only when a query has nothing else. */
const isStop = (term: string) => term.startsWith('=')

/** The terms of one word: of an identifier several. */
export function termsOf (word: string): string[] {
  return partsOf(word).map((part) => stopWords.has(part) ? `=${part}` : /^[a-z]{3,}$/.test(part) ? stemmer.stem(part) : part)
}

/** The search terms of a memory, each with its weighted frequency, and the sum of these: the document length of BM25. Bounded for values of any kind. */
export function memoryTerms ({ key, tags, speaker, value }: Indexed): { postings: Map<string, number>, length: number } {
  const postings = new Map<string, number>()
  const known = new Map<string, string[]>()
  let length = 0
  const add = (text: string, weight: number, name: boolean) => {
    for (const word of wordsOf(text)) {
      let terms = known.get(word)
      if (!terms) {
        if (known.size >= MAX_TERMS) continue
        known.set(word, terms = termsOf(word))
      }
      for (const term of terms) {
        if (isStop(term) && !name) continue
        const frequency = postings.get(term)
        if (frequency === undefined && postings.size >= MAX_TERMS) continue
        postings.set(term, (frequency ?? 0) + weight)
        length += weight
      }
    }
  }
  add(key, weights.key, true)
  for (const tag of tags) add(tag, weights.tags, true)
  add(speaker ?? '', weights.speaker, false)
  add(value, weights.value, false)
  return { postings, length }
}

export interface QueryTerm { term: string, weight: number, word: string }

/** The terms to look up for a question, each with its frequency and the word it came from; none for punctuation. */
export function queryTerms (query: string): QueryTerm[] {
  const terms = new Map<string, QueryTerm>()
  for (const word of wordsOf(query)) {
    for (const term of termsOf(word)) {
      const found = terms.get(term)
      if (found) found.weight++
      else terms.set(term, { term, weight: 1, word })
    }
  }
  const all = [...terms.values()]
  const telling = all.filter(({ term }) => !isStop(term))
  const chosen = telling.length > 0 ? telling : all
  return chosen.length <= MAX_QUERY_TERMS ? chosen : [...chosen.slice(0, MAX_QUERY_TERMS / 2), ...chosen.slice(-MAX_QUERY_TERMS / 2)]
}
