import { createHash } from 'node:crypto'
import { setImmediate as othersTurn } from 'node:timers/promises'
import { splitIntoChunks } from '../chunks.ts'
import {
  dateWords,
  isStopWord,
  type LanguageName,
  detectLanguage,
  languageNames,
  type TextLanguages,
  detectTextLanguages,
  stemWord
} from './languages.ts'
import { numberSpellings } from './spellings.ts'
import {
  accentedWordsOf,
  normalizeCompatible,
  foldAccents,
  identifierParts,
  wordsOf
} from './words.ts'
import { readPart, readWord, type WordTerms } from './word-terms.ts'

/** Different terms kept of one memory; ordinary text of 1 MiB has fewer. */
const MAX_TERMS = 30_000
/** Terms of a document at most, for the score: what is longer counts by its best parts. */
const MAX_LENGTH = 300
/**
 * Different words looked up for one query: of a longer one its two ends, where people put the
 * question.
 */
const MAX_QUERY_WORDS = 64
/**
 * A value up to here is read whole for its snippet; of a longer one it is kept where each term
 * stands, in so many places.
 */
export const MAX_WHOLE_VALUE = 20_000
const MAX_PLACES = 8
/** Words by which the language of a text is told. */
const SAMPLE = 300
/** Milliseconds after which others have their turn while a long text is read. */
const TURN_MS = 20
/** Names that somebody chose say more than running text. */
const weights = { key: 2, tags: 2, speaker: 1, date: 1, value: 1 }

export interface IndexedMemory {
  key: string
  tags: readonly string[]
  speaker: string | null
  value: string
  session_id: string | null
  occurred_at: Date | null
}

/**
 * What is stored for the search: each term with its weighted frequency, and the places of it in a
 * long value, in characters.
 */
export interface MemoryPostings {
  terms: ReadonlyMap<string, { weight: number; places?: number[] }>
  length: number
  session_no: number
}

/** Marks a stop word where it is left out: in source code and web pages. */
const STOP = '='
/**
 * Marks the languages of a memory; no word begins like it. OPEN: it may be of any Latin letters.
 */
const LANGUAGE = '~'
const OPEN = '~*'

/** The terms of one word outside memories: of an identifier several. */
export function termsOfWord(word: string, language: LanguageName): string[] {
  return identifierParts(word).map((part) =>
    isStopWord(part, language) ? STOP + part : stemWord(part, language)
  )
}

/**
 * The search terms of a memory, and its length for BM25: its weighted words without stop words,
 * which count nearly nothing. Bounded for values of any kind; a long one holds up nobody.
 */
export async function memoryTerms({
  key,
  tags,
  speaker,
  value,
  session_id: sessionId,
  occurred_at: occurredAt
}: IndexedMemory): Promise<{ postings: MemoryPostings; length: number }> {
  const reading = detectTextLanguages(sampleOf(`${key} ${value}`))
  const known = new Map<string, WordTerms>()
  let words = 0
  const count = (text: string, weight: number, into: Map<string, number>) => {
    for (const word of accentedWordsOf(text)) {
      let read = known.get(word)
      if (!read) {
        if (known.size >= MAX_TERMS) continue
        known.set(word, (read = readWord(word, reading)))
      }
      words += read.length * weight
      for (const term of read.terms) into.set(term, (into.get(term) ?? 0) + weight)
      for (const term of read.spellings) into.set(term, (into.get(term) ?? 0) + weight)
      for (const term of read.backwards) into.set(term, 0)
    }
    for (const number of numberSpellings(normalizeCompatible(text))) {
      into.set(number, Math.max(into.get(number) ?? 0, weight))
    }
  }
  const total = new Map<string, number>()
  count(key, weights.key, total)
  for (const tag of tags) count(tag, weights.tags, total)
  count(speaker ?? '', weights.speaker, total)
  if (occurredAt) {
    for (const language of new Set<LanguageName>(['english', ...reading.languages])) {
      count(dateWords(occurredAt, language), weights.date, total)
    }
  }
  const inNames = new Map(total)

  const best = new Map<string, number>()
  const places = new Map<string, number[]>()
  let since = performance.now()
  for (const { text, start } of splitIntoChunks(value)) {
    if (performance.now() - since > TURN_MS) {
      await othersTurn()
      since = performance.now()
    }
    const inChunk = new Map<string, number>()
    count(text, weights.value, inChunk)
    for (const [term, weight] of inChunk) {
      total.set(term, (total.get(term) ?? 0) + weight)
      best.set(term, Math.max(best.get(term) ?? 0, weight))
      const found = places.get(term)
      if (!found) places.set(term, [start])
      else if (found.length < MAX_PLACES) found.push(start)
    }
  }

  const length = Math.min(words, MAX_LENGTH)
  const share = words > MAX_LENGTH ? MAX_LENGTH / words : 1
  const terms = new Map<string, { weight: number; places?: number[] }>(
    markersOf(reading).map((marker) => [marker, { weight: 0 }])
  )
  for (const [term, weight] of total) {
    if (terms.size > MAX_TERMS) break
    terms.set(term, {
      weight:
        share === 1
          ? weight
          : Math.min(
              weight,
              Math.max(weight * share, (best.get(term) ?? 0) + (inNames.get(term) ?? 0))
            ),
      ...(value.length > MAX_WHOLE_VALUE && places.has(term) && { places: places.get(term)! })
    })
  }
  return { postings: { terms, length, session_no: sessionNumber(sessionId) }, length }
}

/** 0 for none. Two sessions of one user share a number once in billions, and then their score. */
export function sessionNumber(sessionId: string | null): number {
  return sessionId === null ? 0 : createHash('md5').update(sessionId).digest().readInt32BE() || 1
}

/**
 * A word of a question: as it was written, as it is looked up, and how often it is there. `named`:
 * written like a name.
 */
export interface QueryWord {
  word: string
  part: string
  weight: number
  isProperName: boolean
}

/** The words of a question, none for punctuation. */
export function queryWords(query: string): QueryWord[] {
  const known = new Map<string, string[]>() // a long question says its words again
  const found = new Map<string, QueryWord>()
  const shouted = query === query.toUpperCase()
  const add = (word: string, part: string, named: boolean) => {
    const same = found.get(part)
    if (same) {
      same.weight++
      same.isProperName ||= named
    } else {
      found.set(part, {
        word: part === word.toLowerCase() ? word : part,
        part,
        weight: 1,
        isProperName: named
      })
    }
  }
  let first = true
  for (const word of accentedWordsOf(query)) {
    let parts = known.get(word)
    if (!parts) known.set(word, (parts = identifierParts(word)))
    const named = !shouted && (/^\p{Lu}{2}/u.test(word) || (!first && /^\p{Lu}\p{L}/u.test(word)))
    for (const part of parts) add(word, part, named)
    first = false
  }
  for (const number of numberSpellings(normalizeCompatible(query))) {
    if (!found.has(number)) add(number, number, false)
  }
  const all = [...found.values()]
  return all.length <= MAX_QUERY_WORDS
    ? all
    : [...all.slice(0, MAX_QUERY_WORDS / 2), ...all.slice(-MAX_QUERY_WORDS / 2)]
}

/** Terms by which it is told which languages somebody's memories are in. */
export const languageTerms: readonly string[] = [
  ...languageNames.map((language) => LANGUAGE + language),
  OPEN
]

function markersOf({ languages, open }: TextLanguages): string[] {
  return [...languages.map((language) => LANGUAGE + language), ...(open ? [OPEN] : [])]
}

/** The languages among the terms of a memory, or of all of somebody's; at least English. */
export function languagesAmongTerms(terms: readonly string[]): TextLanguages {
  const there = new Set(terms)
  const among = languageNames.filter((language) => there.has(LANGUAGE + language))
  return { languages: among.length > 0 ? among : ['english'], open: there.has(OPEN) }
}

/**
 * `stop`: so common in the language of the question that it says little. `forms`: what words that
 * are nearly it begin like.
 */
export interface QueryTerm {
  word: string
  part: string
  terms: string[]
  forms: string[]
  weight: number
  stop: boolean
}

/**
 * The terms to look up, for somebody whose memories are in these languages (language terms): each
 * word in all its forms.
 */
export function queryTerms(words: readonly QueryWord[], found: readonly string[]): QueryTerm[] {
  const among = languagesAmongTerms(found)
  const reading = {
    languages: [...new Set<LanguageName>(['english', ...among.languages])],
    open: among.open
  }
  const asked = detectLanguage(
    words.map(({ part }) => foldAccents(part)),
    reading.languages
  )
  return words.map(({ word, part, weight, isProperName: named }) => {
    const { terms, spellings, forms } = readPart(part, reading)
    return {
      word,
      part: foldAccents(part),
      weight,
      terms: [...new Set([...terms, ...spellings])],
      forms,
      stop: !named && isStopWord(foldAccents(part), asked)
    }
  })
}

function sampleOf(text: string): string[] {
  const words: string[] = []
  for (const word of wordsOf(text.slice(0, SAMPLE * 10))) {
    words.push(word.toLowerCase())
    if (words.length === SAMPLE) break
  }
  return words
}
