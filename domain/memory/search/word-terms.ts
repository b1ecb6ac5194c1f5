import {
  isStopWord,
  latinLanguages,
  languagesByScript,
  type TextLanguages,
  stemsOf
} from './languages.ts'
import { apartSpellings, joinedSpelling } from './spellings.ts'
import { foldAccents, identifierParts } from './words.ts'

/** Marks a stem that applies only if the text is not English. No word begins with it. */
export const FOREIGN_MARK = '*'
/** Marks a reversed word, which finds words by their ending. */
export const BACKWARDS_MARK = '<'
/** Words from this length are also stored reversed. Shorter ones are seldom compounds. */
const MIN_COMPOUND = 8
const MIN_FOREIGN_STEM = 3

/** Languages that write compounds as one word. */
const compoundingLanguages: ReadonlySet<string> = new Set([
  'german',
  'dutch',
  'swedish',
  'danish',
  'norwegian',
  'finnish',
  'hungarian'
])

/** Whether any of the languages may write compounds as one word. */
export function compoundsIn({ languages, open }: TextLanguages): boolean {
  return open || languages.some((language) => compoundingLanguages.has(language))
}

export interface WordTerms {
  /** Terms of the word, or of the parts of an identifier. */
  terms: string[]
  /**
   * Further terms that find the word but add no meaning: its joined spelling, its letters and
   * digits.
   */
  spellings: string[]
  /** Long words reversed. */
  backwards: string[]
  /** Its terms without marks, to look for similar words. */
  forms: string[]
  /** Words that it adds to the length of a text: 0 for a stop word. */
  length: number
}

/** The terms of a word with its accents, in all languages that the text may be in. */
export function readWord(word: string, reading: TextLanguages): WordTerms {
  const wordParts = identifierParts(word)
  const partTerms = wordParts.map((part) => readPart(part, reading))
  const apartTerms = wordParts.flatMap(apartSpellings).map((part) => readPart(part, reading))
  const distinctTerms = new Set(partTerms.flatMap(({ terms }) => terms))
  const allSpellings = [
    ...partTerms.flatMap(({ spellings }) => spellings),
    ...apartTerms.flatMap(({ terms }) => terms)
  ]
  return {
    terms: [...distinctTerms],
    spellings: [...new Set(allSpellings)].filter((term) => !distinctTerms.has(term)),
    backwards: partTerms.flatMap(({ backwards }) => backwards),
    forms: partTerms.flatMap(({ forms }) => forms),
    length: partTerms.reduce((sum, { length }) => sum + length, 0)
  }
}

/** The terms of one lower-case part, which is not split further. */
export function readPart(part: string, reading: TextLanguages): WordTerms {
  const { languages, open } = reading
  const normalizedPart = part.replaceAll('i\u0307', 'i') // İ in lower case
  const foldedPart = foldAccents(normalizedPart)
  const joinedPart = joinedSpelling(normalizedPart)
  const joinedTerms = joinedPart === undefined ? [] : readPart(joinedPart, reading).terms
  const byScript = languagesByScript(foldedPart)
  if (byScript?.length === 0) {
    return {
      terms: [foldedPart],
      spellings: joinedTerms,
      backwards: [],
      forms: [foldedPart],
      length: 1
    }
  }

  const latinCandidates = languages.filter((language) => latinLanguages.includes(language))
  const possibleLanguages =
    byScript ?? (latinCandidates.length > 0 ? latinCandidates : ['english' as const])
  const knownStems = new Set(
    possibleLanguages.flatMap((language) =>
      isStopWord(foldedPart, language) ? [foldedPart] : stemsOf(normalizedPart, language)
    )
  )
  const foreignStems =
    open && !byScript && !isStopWord(foldedPart, 'english')
      ? openStems(normalizedPart, foldedPart)
      : []
  const allForms = [...new Set([...knownStems, ...foreignStems])]
  return {
    terms: [...knownStems, ...foreignStems.map((form) => FOREIGN_MARK + form)],
    spellings: joinedTerms,
    backwards: !byScript && compoundsIn(reading) ? reversedTerms(allForms) : [],
    forms: allForms,
    length: possibleLanguages.every((language) => isStopWord(foldedPart, language)) ? 0 : 1
  }
}

/** The shortest and the longest form, reversed, if they are long enough for a compound. */
function reversedTerms(forms: readonly string[]): string[] {
  const longForms = forms
    .filter((form) => form.length >= MIN_COMPOUND)
    .sort((a, b) => a.length - b.length)
  return [...new Set([...longForms.slice(0, 1), ...longForms.slice(-1)])].map(
    (form) => BACKWARDS_MARK + reverseWord(form)
  )
}

/** The word from its end to its beginning. */
export function reverseWord(word: string): string {
  return [...word].reverse().join('')
}

/** Caches stems of words in any language of Latin letters. */
const openStemCache = new Map<string, readonly string[]>()
const MAX_CACHED_WORDS = 50_000

function openStems(part: string, folded: string): readonly string[] {
  let cachedStems = openStemCache.get(part)
  if (!cachedStems) {
    if (openStemCache.size >= MAX_CACHED_WORDS) openStemCache.clear()
    const possibleStems = latinLanguages
      .filter((language) => !isStopWord(folded, language))
      .flatMap((language) => stemsOf(part, language))
    openStemCache.set(
      part,
      (cachedStems = [...new Set(possibleStems)].filter((stem) => stem.length >= MIN_FOREIGN_STEM))
    )
  }
  return cachedStems
}
