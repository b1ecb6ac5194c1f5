import {
  isStopWord,
  latinLanguages,
  languagesByScript,
  type Reading,
  stemsOf
} from './languages.ts'
import { apartSpellings, joinedSpelling } from './spellings.ts'
import { fold, partsOf } from './words.ts'

/**
 * Marks a stem that a word has only if its text is in another language than English. No word begins
 * like it.
 */
export const FOREIGN = '*'
/** Marks a long word from its end, so that words which end like it are found. */
export const BACKWARDS = '<'
/**
 * Letters of a word from which on it is kept from its end, too: shorter ones are seldom compounds.
 */
const MIN_COMPOUND = 8
const MIN_FOREIGN = 3

/** Languages that write compounds as one word. */
const compounding: ReadonlySet<string> = new Set([
  'german',
  'dutch',
  'swedish',
  'danish',
  'norwegian',
  'finnish',
  'hungarian'
])

export function compoundsIn({ languages, open }: Reading): boolean {
  return open || languages.some((language) => compounding.has(language))
}

export interface WordTerms {
  /** Each of these stands for the word, or for a part of an identifier. */
  terms: string[]
  /**
   * By which it is found, too, but which say nothing more: the word in one, its letters and digits
   * apart.
   */
  spellings: string[]
  /** Long words from their ends. */
  backwards: string[]
  /** The terms and spellings that a question for this word may have, without marks. */
  forms: string[]
  /** How many words it counts as in the length of a text: none for a stop word. */
  length: number
}

/** The terms of one word of a memory with its accents, which may be in several languages. */
export function readWord(word: string, reading: Reading): WordTerms {
  const parts = partsOf(word)
  const read = parts.map((part) => readPart(part, reading))
  const split = parts.flatMap(apartSpellings).map((part) => readPart(part, reading))
  const terms = new Set(read.flatMap(({ terms }) => terms))
  const spellings = [
    ...read.flatMap(({ spellings }) => spellings),
    ...split.flatMap(({ terms }) => terms)
  ]
  return {
    terms: [...terms],
    spellings: [...new Set(spellings)].filter((term) => !terms.has(term)),
    backwards: read.flatMap(({ backwards }) => backwards),
    forms: read.flatMap(({ forms }) => forms),
    length: read.reduce((sum, { length }) => sum + length, 0)
  }
}

/** The same of a part of a word, in lower case, which is not taken apart further. */
export function readPart(part: string, reading: Reading): WordTerms {
  const { languages, open } = reading
  const word = part.replaceAll('i\u0307', 'i') // what becomes of İ
  const folded = fold(word)
  const joined = joinedSpelling(word)
  const spellings = joined === undefined ? [] : readPart(joined, reading).terms
  const byScript = languagesByScript(folded)
  if (byScript?.length === 0) {
    return { terms: [folded], spellings, backwards: [], forms: [folded], length: 1 }
  }

  const latin = languages.filter((language) => latinLanguages.includes(language))
  const possible = byScript ?? (latin.length > 0 ? latin : ['english' as const])
  const plain = new Set(
    possible.flatMap((language) =>
      isStopWord(folded, language) ? [folded] : stemsOf(word, language)
    )
  )
  const foreign = open && !byScript && !isStopWord(folded, 'english') ? openStems(word, folded) : []
  const forms = [...new Set([...plain, ...foreign])]
  return {
    terms: [...plain, ...foreign.map((form) => FOREIGN + form)],
    spellings,
    backwards: !byScript && compoundsIn(reading) ? backwardsOf(forms) : [],
    forms,
    length: possible.every((language) => isStopWord(folded, language)) ? 0 : 1
  }
}

/** The longest form and the shortest one, if they are long enough for a compound. */
function backwardsOf(forms: readonly string[]): string[] {
  const long = forms
    .filter((form) => form.length >= MIN_COMPOUND)
    .sort((a, b) => a.length - b.length)
  return [...new Set([...long.slice(0, 1), ...long.slice(-1)])].map(
    (form) => BACKWARDS + backwards(form)
  )
}

export function backwards(word: string): string {
  return [...word].reverse().join('')
}

/** Stems of words in any language of Latin letters, found before. */
const known = new Map<string, readonly string[]>()
const MAX_KNOWN = 50_000

function openStems(part: string, folded: string): readonly string[] {
  let stems = known.get(part)
  if (!stems) {
    if (known.size >= MAX_KNOWN) known.clear()
    const all = latinLanguages
      .filter((language) => !isStopWord(folded, language))
      .flatMap((language) => stemsOf(part, language))
    known.set(part, (stems = [...new Set(all)].filter((stem) => stem.length >= MIN_FOREIGN)))
  }
  return stems
}
