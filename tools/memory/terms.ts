import { createHash } from 'node:crypto'
import { setImmediate as othersTurn } from 'node:timers/promises'
import { chunksOf } from './chunks.ts'
import { dateWords, isStopWord, type Language, languageOf, languages, stem } from './languages.ts'
import { partsOf, wordsOf } from './words.ts'

/** Different terms kept of one memory; ordinary text of 1 MiB has fewer. */
const MAX_TERMS = 30_000
/** Terms of a document at most, for the score: what is longer counts by its best parts. */
const MAX_LENGTH = 300
/** Different words looked up for one query: of a longer one its two ends, where people put the question. */
const MAX_QUERY_WORDS = 64
/** A value up to here is read whole for its snippet; of a longer one it is kept where each term stands, in so many places. */
export const READ_WHOLE = 20_000
const MAX_PLACES = 8
/** Words by which the language of a text is told. */
const SAMPLE = 300
/** Milliseconds after which others have their turn while a long text is read. */
const TURN_MS = 20
/** Names that somebody chose say more than running text. */
const weights = { key: 2, tags: 2, speaker: 1, date: 1, value: 1 }

export interface Indexed {
  key: string
  tags: readonly string[]
  speaker: string | null
  value: string
  session_id: string | null
  occurred_at: Date | null
}

/** What is stored for the search: each term with its weighted frequency, and the places of it in a long value, in characters. */
export interface Postings {
  terms: ReadonlyMap<string, { weight: number, places?: number[] }>
  length: number
  session_no: number
}

/** Stop words have a mark: they are kept of names only, and asked for only when a query has nothing else. */
const STOP = '='
/** Marks the language of a memory; no word begins like it. */
const LANGUAGE = '~'

/** The terms of one word: of an identifier several. */
export function termsOf (word: string, language: Language): string[] {
  return partsOf(word).map((part) => isStopWord(part, language) ? STOP + part : stem(part, language))
}

/** The search terms of a memory, and the sum of their weights: the document length of BM25. Bounded for values of any kind; a long one holds up nobody. */
export async function memoryTerms ({ key, tags, speaker, value, session_id: sessionId, occurred_at: occurredAt }: Indexed): Promise<{ postings: Postings, length: number }> {
  const language = languageOf(sampleOf(`${key} ${value}`))
  const known = new Map<string, string[]>()
  const count = (text: string, weight: number, name: boolean, into: Map<string, number>) => {
    for (const word of wordsOf(text)) {
      let terms = known.get(word)
      if (!terms) {
        if (known.size >= MAX_TERMS) continue
        known.set(word, terms = termsOf(word, language))
      }
      for (const term of terms) if (name || !term.startsWith(STOP)) into.set(term, (into.get(term) ?? 0) + weight)
    }
  }
  const total = new Map<string, number>()
  count(key, weights.key, true, total)
  for (const tag of tags) count(tag, weights.tags, true, total)
  count(speaker ?? '', weights.speaker, false, total)
  if (occurredAt) for (const spoken of new Set<Language>(['english', language])) count(dateWords(occurredAt, spoken), weights.date, false, total)
  const inNames = new Map(total)

  const best = new Map<string, number>()
  const places = new Map<string, number[]>()
  let since = performance.now()
  for (const { text, start } of chunksOf(value)) {
    if (performance.now() - since > TURN_MS) {
      await othersTurn()
      since = performance.now()
    }
    const inChunk = new Map<string, number>()
    count(text, weights.value, false, inChunk)
    for (const [term, weight] of inChunk) {
      total.set(term, (total.get(term) ?? 0) + weight)
      best.set(term, Math.max(best.get(term) ?? 0, weight))
      const found = places.get(term)
      if (!found) places.set(term, [start])
      else if (found.length < MAX_PLACES) found.push(start)
    }
  }

  const whole = [...total.values()].reduce((sum, weight) => sum + weight, 0)
  const length = Math.min(whole, MAX_LENGTH)
  const share = whole > MAX_LENGTH ? MAX_LENGTH / whole : 1
  const terms = new Map<string, { weight: number, places?: number[] }>([[LANGUAGE + language, { weight: 0 }]])
  for (const [term, weight] of total) {
    if (terms.size > MAX_TERMS) break
    terms.set(term, {
      weight: share === 1 ? weight : Math.min(weight, Math.max(weight * share, (best.get(term) ?? 0) + (inNames.get(term) ?? 0))),
      ...(value.length > READ_WHOLE && places.has(term) && { places: places.get(term)! })
    })
  }
  return { postings: { terms, length, session_no: sessionNumber(sessionId) }, length }
}

/** 0 for none. Two sessions of one user share a number once in billions, and then their score. */
export function sessionNumber (sessionId: string | null): number {
  return sessionId === null ? 0 : createHash('md5').update(sessionId).digest().readInt32BE() || 1
}

/** A word of a question: as it was written, as it is looked up, and how often it is there. */
export interface QueryWord { word: string, part: string, weight: number }

/** The words of a question, none for punctuation. */
export function queryWords (query: string): QueryWord[] {
  const known = new Map<string, string[]>() // a long question says its words again
  const found = new Map<string, QueryWord>()
  for (const word of wordsOf(query)) {
    let parts = known.get(word)
    if (!parts) known.set(word, parts = partsOf(word))
    for (const part of parts) {
      const same = found.get(part)
      if (same) same.weight++
      else found.set(part, { word: part === word.toLowerCase() ? word : part, part, weight: 1 })
    }
  }
  const all = [...found.values()]
  return all.length <= MAX_QUERY_WORDS ? all : [...all.slice(0, MAX_QUERY_WORDS / 2), ...all.slice(-MAX_QUERY_WORDS / 2)]
}

/** Terms by which it is told which languages somebody's memories are in. */
export const languageTerms: readonly string[] = languages.map((language) => LANGUAGE + language)

/** The language among the terms of a memory. */
export function languageAmong (terms: readonly string[]): Language {
  return (terms.find((term) => term.startsWith(LANGUAGE))?.slice(1) ?? 'english') as Language
}

export interface QueryTerm { word: string, terms: string[], weight: number }

/**
 * The terms to look up, for somebody whose memories are in these languages (language terms): each word in all its forms, without the stop words
 * of the language that the question is in, unless there is nothing else.
 */
export function queryTerms (words: readonly QueryWord[], found: readonly string[]): QueryTerm[] {
  const spoken = languages.filter((language) => language === 'english' || found.includes(LANGUAGE + language))
  const asked = languageOf(words.map(({ word }) => word.toLowerCase()), spoken)
  const telling = words.filter(({ part }) => !isStopWord(part, asked))
  return (telling.length > 0 ? telling : words).map(({ word, part, weight }) => ({
    word,
    weight,
    terms: [...new Set(spoken.map((language) => isStopWord(part, language) ? STOP + part : stem(part, language)))]
  }))
}

function sampleOf (text: string): string[] {
  const words: string[] = []
  for (const word of wordsOf(text.slice(0, SAMPLE * 10))) {
    words.push(word.toLowerCase())
    if (words.length === SAMPLE) break
  }
  return words
}
