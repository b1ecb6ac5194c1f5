import { createHash } from 'node:crypto'
import { setImmediate as yieldTurn } from 'node:timers/promises'
import { splitIntoChunks } from '../chunks.ts'
import {
  dateWords,
  isStopWord,
  type LanguageName,
  languageNames,
  type TextLanguages,
  detectTextLanguages,
  stemWord
} from './languages.ts'
import { numberSpellings } from './spellings.ts'
import { accentedWordsOf, normalizeCompatible, identifierParts, wordsOf } from './words.ts'
import { readWord, type WordTerms } from './word-terms.ts'

/** Distinct terms stored per memory; ordinary text of 1 MiB has fewer. */
const MAX_TERMS = 30_000
/** Longest length of a memory, in words, that counts against its score. */
const MAX_LENGTH = 300
/** Up to this length a snippet reads the whole value. Longer values store the places of terms. */
export const MAX_WHOLE_VALUE = 20_000
const MAX_PLACES = 8
/** Words from which the languages of a text are detected. */
const SAMPLE_WORDS = 300
/** Milliseconds after which a long text lets other requests run. */
const TURN_MS = 20
/** Names that people choose weigh more than running text. */
const fieldWeights = { key: 2, tags: 2, speaker: 1, date: 1, value: 1 }

export interface IndexedMemory {
  key: string
  tags: readonly string[]
  speaker: string | null
  value: string
  session_id: string | null
  occurred_at: Date | null
}

interface StoredTerm {
  weight: number
  /** Where a long value has the term, in characters from its beginning. */
  places?: number[]
}

/** What the search stores of a memory. */
export interface MemoryPostings {
  terms: ReadonlyMap<string, StoredTerm>
  length: number
  session_no: number
}

/** Marks a stop word where it is left out: in source code and web pages. */
export const STOP_MARK = '='
/** Marks the term of a language; no word begins with it. */
const LANGUAGE_MARK = '~'
/** The term of a memory that may be in any language of Latin letters. */
const OPEN_TERM = '~*'

/** Terms by which the index knows the languages of a user's memories. */
export const languageTerms: readonly string[] = [
  ...languageNames.map((language) => LANGUAGE_MARK + language),
  OPEN_TERM
]

/** The terms of a word outside memories. An identifier has several. */
export function termsOfWord(word: string, language: LanguageName): string[] {
  return identifierParts(word).map((part) =>
    isStopWord(part, language) ? STOP_MARK + part : stemWord(part, language)
  )
}

/**
 * Indexes a memory: its terms with their weights, and its length for BM25. Stop words hardly add
 * to the length. Work and result are bounded for any value; a long one lets other requests run.
 */
export async function memoryTerms(
  memory: IndexedMemory
): Promise<{ postings: MemoryPostings; length: number }> {
  const { key, value, session_id: sessionId } = memory
  const textLanguages = detectTextLanguages(sampleWords(`${key} ${value}`))
  const counter = new TermCounter(textLanguages)
  const totalWeights = new Map<string, number>()
  countNames(memory, counter, totalWeights)
  const nameWeights = new Map(totalWeights)
  const { bestWeights, placesByTerm } = await countValue(value, counter, totalWeights)

  const length = Math.min(counter.wordCount, MAX_LENGTH)
  const lengthShare = counter.wordCount > MAX_LENGTH ? MAX_LENGTH / counter.wordCount : 1
  const storedTerms = new Map<string, StoredTerm>(
    languageTermsOf(textLanguages).map((term) => [term, { weight: 0 }])
  )
  for (const [term, weight] of totalWeights) {
    if (storedTerms.size > MAX_TERMS) break
    // A long memory counts by its best part: its weights shrink, but not below that of one chunk.
    const bestWeight = (bestWeights.get(term) ?? 0) + (nameWeights.get(term) ?? 0)
    const cappedWeight = Math.min(weight, Math.max(weight * lengthShare, bestWeight))
    storedTerms.set(term, {
      weight: lengthShare === 1 ? weight : cappedWeight,
      ...(value.length > MAX_WHOLE_VALUE &&
        placesByTerm.has(term) && { places: placesByTerm.get(term)! })
    })
  }
  return {
    postings: { terms: storedTerms, length, session_no: sessionNumber(sessionId) },
    length
  }
}

/** Adds the terms of texts to weights, and counts the words of them all. */
class TermCounter {
  /** Words so far, each multiplied by its weight. */
  wordCount = 0
  readonly textLanguages: TextLanguages
  readonly #termsByWord = new Map<string, WordTerms>()

  constructor(textLanguages: TextLanguages) {
    this.textLanguages = textLanguages
  }

  count(text: string, weight: number, weights: Map<string, number>): void {
    for (const word of accentedWordsOf(text)) {
      const wordTerms = this.#readCached(word)
      if (!wordTerms) continue
      this.wordCount += wordTerms.length * weight
      for (const term of wordTerms.terms) weights.set(term, (weights.get(term) ?? 0) + weight)
      for (const term of wordTerms.spellings) weights.set(term, (weights.get(term) ?? 0) + weight)
      for (const term of wordTerms.backwards) weights.set(term, 0)
    }
    for (const spelling of numberSpellings(normalizeCompatible(text))) {
      weights.set(spelling, Math.max(weights.get(spelling) ?? 0, weight))
    }
  }

  #readCached(word: string): WordTerms | undefined {
    const cachedTerms = this.#termsByWord.get(word)
    if (cachedTerms || this.#termsByWord.size >= MAX_TERMS) return cachedTerms
    const wordTerms = readWord(word, this.textLanguages)
    this.#termsByWord.set(word, wordTerms)
    return wordTerms
  }
}

/** Counts everything of a memory but its value. Its date is searchable in each of its languages. */
function countNames(
  { key, tags, speaker, occurred_at: occurredAt }: IndexedMemory,
  counter: TermCounter,
  weights: Map<string, number>
): void {
  counter.count(key, fieldWeights.key, weights)
  for (const tag of tags) counter.count(tag, fieldWeights.tags, weights)
  counter.count(speaker ?? '', fieldWeights.speaker, weights)
  if (!occurredAt) return
  for (const language of new Set<LanguageName>(['english', ...counter.textLanguages.languages])) {
    counter.count(dateWords(occurredAt, language), fieldWeights.date, weights)
  }
}

/** Counts the value by chunks. `bestWeights`: the most that one chunk gives a term. */
async function countValue(value: string, counter: TermCounter, totalWeights: Map<string, number>) {
  const bestWeights = new Map<string, number>()
  const placesByTerm = new Map<string, number[]>()
  let turnStart = performance.now()
  for (const { text, start } of splitIntoChunks(value)) {
    if (performance.now() - turnStart > TURN_MS) {
      await yieldTurn()
      turnStart = performance.now()
    }
    const chunkWeights = new Map<string, number>()
    counter.count(text, fieldWeights.value, chunkWeights)
    for (const [term, weight] of chunkWeights) {
      totalWeights.set(term, (totalWeights.get(term) ?? 0) + weight)
      bestWeights.set(term, Math.max(bestWeights.get(term) ?? 0, weight))
      const termPlaces = placesByTerm.get(term)
      if (!termPlaces) placesByTerm.set(term, [start])
      else if (termPlaces.length < MAX_PLACES) termPlaces.push(start)
    }
  }
  return { bestWeights, placesByTerm }
}

/**
 * The stored number of a session, 0 for none. Two sessions of a user share a number once in
 * billions; their memories then score as one session.
 */
export function sessionNumber(sessionId: string | null): number {
  return sessionId === null ? 0 : createHash('md5').update(sessionId).digest().readInt32BE() || 1
}

function languageTermsOf({ languages, open }: TextLanguages): string[] {
  return [...languages.map((language) => LANGUAGE_MARK + language), ...(open ? [OPEN_TERM] : [])]
}

/** The languages among the terms of one memory, or of all of a user's; at least English. */
export function languagesAmongTerms(terms: readonly string[]): TextLanguages {
  const termSet = new Set(terms)
  const storedLanguages = languageNames.filter((language) => termSet.has(LANGUAGE_MARK + language))
  return {
    languages: storedLanguages.length > 0 ? storedLanguages : ['english'],
    open: termSet.has(OPEN_TERM)
  }
}

function sampleWords(text: string): string[] {
  const words: string[] = []
  for (const word of wordsOf(text.slice(0, SAMPLE_WORDS * 10))) {
    words.push(word.toLowerCase())
    if (words.length === SAMPLE_WORDS) break
  }
  return words
}
