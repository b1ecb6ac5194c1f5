import { detectLanguage, isStopWord, type LanguageName } from './languages.ts'
import { numberSpellings } from './spellings.ts'
import { languagesAmongTerms } from './terms.ts'
import { accentedWordsOf, foldAccents, identifierParts, normalizeCompatible } from './words.ts'
import { readPart } from './word-terms.ts'

/** Distinct words looked up per query. Of a longer query the two ends, where the question is. */
const MAX_QUERY_WORDS = 64

export interface QueryWord {
  /** The word as the query has it. */
  word: string
  /** The part of it that is looked up, in lower case. */
  part: string
  /** How often the query has it. */
  weight: number
  isProperName: boolean
}

/** The words of a query, without duplicates; none for punctuation. */
export function queryWords(query: string): QueryWord[] {
  const partsByWord = new Map<string, string[]>() // a long query repeats its words
  const wordByPart = new Map<string, QueryWord>()
  const isUpperCase = query === query.toUpperCase()
  const addPart = (word: string, part: string, isProperName: boolean) => {
    const earlierWord = wordByPart.get(part)
    if (earlierWord) {
      earlierWord.weight++
      earlierWord.isProperName ||= isProperName
      return
    }
    const displayWord = part === word.toLowerCase() ? word : part
    wordByPart.set(part, { word: displayWord, part, weight: 1, isProperName })
  }
  let isFirst = true
  for (const word of accentedWordsOf(query)) {
    let wordParts = partsByWord.get(word)
    if (!wordParts) partsByWord.set(word, (wordParts = identifierParts(word)))
    const isCapitalized = /^\p{Lu}{2}/u.test(word) || (!isFirst && /^\p{Lu}\p{L}/u.test(word))
    for (const part of wordParts) addPart(word, part, !isUpperCase && isCapitalized)
    isFirst = false
  }
  for (const spelling of numberSpellings(normalizeCompatible(query))) {
    if (!wordByPart.has(spelling)) addPart(spelling, spelling, false)
  }
  const allWords = [...wordByPart.values()]
  return allWords.length <= MAX_QUERY_WORDS
    ? allWords
    : [...allWords.slice(0, MAX_QUERY_WORDS / 2), ...allWords.slice(-MAX_QUERY_WORDS / 2)]
}

export interface QueryTerm {
  word: string
  part: string
  /** Terms to look up: the word in all its forms. */
  terms: string[]
  /** Beginnings of similar words. */
  forms: string[]
  weight: number
  /** Whether the word is so common in the language of the query that it says little. */
  stop: boolean
}

/** The terms to look up for a user whose memories have these language terms. */
export function queryTerms(
  words: readonly QueryWord[],
  storedLanguageTerms: readonly string[]
): QueryTerm[] {
  const storedLanguages = languagesAmongTerms(storedLanguageTerms)
  const textLanguages = {
    languages: [...new Set<LanguageName>(['english', ...storedLanguages.languages])],
    open: storedLanguages.open
  }
  const queryLanguage = detectLanguage(
    words.map(({ part }) => foldAccents(part)),
    textLanguages.languages
  )
  return words.map(({ word, part, weight, isProperName }) => {
    const { terms, spellings, forms } = readPart(part, textLanguages)
    const foldedPart = foldAccents(part)
    return {
      word,
      part: foldedPart,
      weight,
      terms: [...new Set([...terms, ...spellings])],
      forms,
      stop: !isProperName && isStopWord(foldedPart, queryLanguage)
    }
  })
}
