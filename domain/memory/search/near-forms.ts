import type { Db } from '../../../db/connection/connect.ts'
import { countTerms } from '../../../db/memory/term-counts.ts'
import { listTermsLike } from '../../../db/memory/terms.ts'
import { isStopWord, type TextLanguages } from './languages.ts'
import { apartSpellings } from './spellings.ts'
import type { QueryTerm } from './query-terms.ts'
import { BACKWARDS_MARK, reverseWord, compoundsIn, FOREIGN_MARK } from './word-terms.ts'

/** Words of a query that are expanded, and terms of one word. */
const MAX_WORDS = 5
const MAX_TERMS = 20
/** Letters of a compound's part, and of what is left of the compound. */
const MIN_PART = 4
const MIN_REST = 3
const MIN_BEGINNING = 3
/** Weights of another form, and of a compound or its part, beside the word itself. */
const FORM_SHARE = 0.5
const COMPOUND_SHARE = 0.3

/** Stored terms that stand for a word which is not stored as the query has it. */
export interface NearForms {
  word: QueryTerm
  terms: string[]
  documentFrequency: number
  share: number
}

const onlyLetters = /^[\p{L}\p{M}]+$/u
const onlySpaceless =
  /^[\p{scx=Hangul}\p{scx=Hiragana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]+$/u

/** What to look up for one word. */
interface LookupPlan {
  word: QueryTerm
  beginnings: string[]
  /** Reversed. */
  ends: string[]
  parts: string[]
}

/** How the forms are looked for. */
interface NearFormSearch {
  /** The memories of the user. */
  memoryCount: number
  reading: TextLanguages
  /** Whether the parts of a compound are looked for, too. */
  splitCompounds: boolean
}

interface StoredTerm {
  term: string
  document_frequency: number
}

/**
 * Finds stored forms of words, even in languages without a stemmer. Finds compounds that begin or
 * end with a word, and with `splitCompounds` the parts of a compound. Takes two database queries.
 */
export async function findNearForms(
  db: Db,
  userId: string,
  words: readonly QueryTerm[],
  { memoryCount, reading, splitCompounds }: NearFormSearch
): Promise<NearForms[]> {
  const lookupPlans = words.slice(0, MAX_WORDS).map((word) => ({
    word,
    beginnings: beginningsOf(word),
    ends: endsOf(word, reading),
    parts: splitCompounds ? compoundPartsOf(word, reading) : []
  }))
  const allBeginnings = [
    ...new Set(lookupPlans.flatMap(({ beginnings, ends }) => [...beginnings, ...ends]))
  ]
  const listedTerms = allBeginnings.length > 0 ? await listTermsLike(db, userId, allBeginnings) : []
  const endingWords = listedTerms
    .filter(({ term }) => term.startsWith(BACKWARDS_MARK))
    .map(({ term }) => wordOfBackwards(term))
  const exactTerms = [
    ...new Set([...lookupPlans.flatMap(({ parts }) => parts), ...endingWords].flatMap(bothMarks))
  ]
  const frequencyByTerm =
    exactTerms.length > 0
      ? await countTerms(db, userId, exactTerms, memoryCount)
      : new Map<string, number>()
  return lookupPlans.flatMap((plan) => formsOfPlan(plan, reading, listedTerms, frequencyByTerm))
}

/** The inflected forms of a word, and its compounds with their parts. */
function formsOfPlan(
  plan: LookupPlan,
  reading: TextLanguages,
  listedTerms: ReadonlyArray<StoredTerm & { beginning: string }>,
  frequencyByTerm: ReadonlyMap<string, number>
): NearForms[] {
  const { word, beginnings, ends, parts } = plan
  const sameBeginning = listedTerms.filter(({ beginning }) => beginnings.includes(beginning))
  const inflectedForms = sameBeginning.filter(({ term }) => isInflection(word, term))
  const startedCompounds = compoundsIn(reading)
    ? sameBeginning.filter(
        ({ term }) =>
          startsCompound(word, term) && !inflectedForms.some((form) => form.term === term)
      )
    : []
  const endedCompounds = listedTerms
    .filter(({ beginning }) => ends.includes(beginning))
    .map(({ term }) => wordOfBackwards(term))
  const storedParts = parts.filter((part) =>
    bothMarks(part).some((term) => frequencyByTerm.has(term))
  )
  const otherCompounds = [...endedCompounds, ...longestParts(storedParts, word)]
    .flatMap(bothMarks)
    .filter((term) => frequencyByTerm.has(term))
    .map((term) => ({ term, document_frequency: frequencyByTerm.get(term)! }))
  return [
    toNearForms(word, inflectedForms, FORM_SHARE),
    toNearForms(word, [...startedCompounds, ...otherCompounds], COMPOUND_SHARE)
  ].filter(({ terms }) => terms.length > 0)
}

/** A word as its own language stores it, and as another language does. */
function bothMarks(word: string): string[] {
  return [word, FOREIGN_MARK + word]
}

function wordOfBackwards(term: string): string {
  return reverseWord(term.slice(BACKWARDS_MARK.length))
}

function toNearForms(word: QueryTerm, candidates: readonly StoredTerm[], share: number): NearForms {
  const nearestTerms = candidates
    .filter(({ term }) => !word.terms.includes(term))
    .sort((a, b) => a.term.length - b.term.length)
    .slice(0, MAX_TERMS)
  return {
    word,
    terms: [...new Set(nearestTerms.map(({ term }) => term))],
    documentFrequency: Math.max(0, ...nearestTerms.map((form) => form.document_frequency)),
    share
  }
}

/** Beginnings of terms that may be forms of a word. None begins with another. */
function beginningsOf({ part, forms }: QueryTerm): string[] {
  if (!onlyLetters.test(part)) return []
  if (onlySpaceless.test(part)) return part.length <= 2 ? [[...part][0]!] : []
  const minLength = Math.max(MIN_BEGINNING, Math.ceil(part.length * 0.6))
  const wordBeginnings = [
    part.slice(0, minLength),
    ...forms.filter((form) => form.length >= Math.max(MIN_BEGINNING, part.length / 2))
  ].filter((beginning) => beginning.length >= MIN_BEGINNING || beginning === part)
  return [...new Set(wordBeginnings)].filter(
    (beginning, _, all) => !all.some((it) => it !== beginning && beginning.startsWith(it))
  )
}

/** Reversed endings, to look up compounds that end with the word. */
function endsOf({ part, forms }: QueryTerm, reading: TextLanguages): string[] {
  if (!compoundsIn(reading)) return []
  const longForms = [part, ...forms].filter(
    (form) => form.length >= MIN_PART && /^\p{Script=Latin}+$/u.test(form)
  )
  const wordEnds = [...new Set(longForms.map((form) => BACKWARDS_MARK + reverseWord(form)))]
  return wordEnds.filter((end, _, all) => !all.some((it) => it !== end && end.startsWith(it)))
}

/** Possible parts of a compound, or the letters and digits of a word like `pol358`. */
function compoundPartsOf({ part, forms }: QueryTerm, reading: TextLanguages): string[] {
  const apartParts = apartSpellings(part)
  if (apartParts.length > 0 || !compoundsIn(reading)) return apartParts
  const possibleCompounds = [part, ...forms].filter(
    (form) => form.length >= MIN_PART + MIN_REST && /^\p{Script=Latin}+$/u.test(form)
  )
  const compoundParts = possibleCompounds.flatMap((form) =>
    Array.from({ length: form.length - MIN_PART - MIN_REST + 1 }, (_, i) => [
      form.slice(0, MIN_PART + i),
      form.slice(MIN_REST + i)
    ]).flat()
  )
  return [...new Set(compoundParts)].filter(
    (it) => ![...reading.languages, 'german' as const].some((language) => isStopWord(it, language))
  )
}

/** The longest part that the compound begins with, and the longest that it ends with. */
function longestParts(parts: readonly string[], { part, forms }: QueryTerm): string[] {
  const apartParts = apartSpellings(part)
  if (apartParts.length > 0) return parts.length === apartParts.length ? [...parts] : []
  const byLength = parts.toSorted((a, b) => b.length - a.length)
  const firstPart = byLength.find((it) => part.startsWith(it))
  const lastPart = byLength.find((it) => [part, ...forms].some((form) => form.endsWith(it)))
  return [firstPart, lastPart].filter((it) => it !== undefined)
}

/** Whether a term differs from the word only in its ending. */
function isInflection({ part, forms }: QueryTerm, term: string): boolean {
  if (!onlyLetters.test(term)) return false
  if (onlySpaceless.test(part)) return true
  const commonLength = commonPrefixLength(part, term)
  if (
    forms.some(
      (form) =>
        form.length >= MIN_BEGINNING &&
        term.startsWith(form) &&
        term.length - form.length <= 4 &&
        form.length * 2 >= part.length
    )
  ) {
    return true
  }
  return (
    commonLength >= MIN_BEGINNING &&
    commonLength >= part.length * 0.6 &&
    commonLength >= term.length * 0.55
  )
}

function startsCompound({ part, forms }: QueryTerm, term: string): boolean {
  return (
    onlyLetters.test(term) &&
    [part, ...forms].some(
      (form) => form.length >= MIN_PART && form.length * 2 >= part.length && term.startsWith(form)
    )
  )
}

function commonPrefixLength(a: string, b: string): number {
  let sharedLength = 0
  while (sharedLength < a.length && a[sharedLength] === b[sharedLength]) sharedLength++
  return sharedLength
}
