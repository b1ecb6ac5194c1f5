import type { Db } from '../../../db/connection/connect.ts'
import { countTerms } from '../../../db/memory/search.ts'
import { listTermsLike } from '../../../db/memory/terms.ts'
import { isStopWord, type Reading } from './languages.ts'
import { apartSpellings } from './spellings.ts'
import type { QueryTerm } from './terms.ts'
import { BACKWARDS, backwards, compoundsIn, FOREIGN } from './word-terms.ts'

/** Words of a question that are looked at, and what each may become at most. */
const MAX_WORDS = 5
const MAX_TERMS = 20
/** Letters of a word that is part of another, and of what is left of that. */
const MIN_PART = 4
const MIN_REST = 3
const MIN_BEGINNING = 3
/**
 * What a form of the word counts, and a compound with it or a part of it, beside the word itself.
 */
const FORM_SHARE = 0.5
const COMPOUND_SHARE = 0.3

/** Terms that stand for a word nobody wrote as it was asked for. */
export interface NearForms {
  word: QueryTerm
  terms: string[]
  documentFrequency: number
  share: number
}

const letters = /^[\p{L}\p{M}]+$/u
const spaceless =
  /^[\p{scx=Hangul}\p{scx=Hiragana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]+$/u

/**
 * Other forms of words, in languages that no stemmer of ours knows, too; compounds that begin or
 * end with them, and, with `apart`, the parts of one that was asked for. Two turns to the database.
 */
export async function findNearForms(
  db: Db,
  userId: string,
  words: readonly QueryTerm[],
  reading: Reading,
  apart = true
): Promise<NearForms[]> {
  const plans = words.slice(0, MAX_WORDS).map((word) => ({
    word,
    beginnings: beginningsOf(word),
    ends: endsOf(word, reading),
    parts: apart ? partsOf(word, reading) : []
  }))
  const beginnings = [...new Set(plans.flatMap(({ beginnings, ends }) => [...beginnings, ...ends]))]
  const parts = [
    ...new Set(plans.flatMap(({ parts }) => parts.flatMap((part) => [part, FOREIGN + part])))
  ]
  const listed = beginnings.length > 0 ? await listTermsLike(db, userId, beginnings) : []
  const whole = listed
    .filter(({ term }) => term.startsWith(BACKWARDS))
    .map(({ term }) => backwards(term.slice(BACKWARDS.length)))
  const exact = [...parts, ...new Set(whole.flatMap((term) => [term, FOREIGN + term]))]
  const counts = exact.length > 0 ? await countTerms(db, userId, exact) : new Map<string, number>()

  return plans.flatMap(({ word, beginnings, ends, parts }) => {
    const begun = listed.filter(({ beginning }) => beginnings.includes(beginning))
    const forms = begun.filter(({ term }) => isForm(word, term))
    const compounds = compoundsIn(reading)
      ? begun.filter(
          ({ term }) => isBeginning(word, term) && !forms.some((form) => form.term === term)
        )
      : []
    const ended = listed
      .filter(({ beginning }) => ends.includes(beginning))
      .map(({ term }) => backwards(term.slice(BACKWARDS.length)))
    const further = [
      ...ended,
      ...longest(
        parts.filter((part) => counts.has(part) || counts.has(FOREIGN + part)),
        word
      )
    ]
      .flatMap((term) => [term, FOREIGN + term])
      .filter((term) => counts.has(term))
      .map((term) => ({ term, document_frequency: counts.get(term)! }))
    return [
      nearOf(word, forms, FORM_SHARE),
      nearOf(word, [...compounds, ...further], COMPOUND_SHARE)
    ].filter(({ terms }) => terms.length > 0)
  })
}

function nearOf(
  word: QueryTerm,
  found: ReadonlyArray<{ term: string; document_frequency: number }>,
  share: number
): NearForms {
  const nearest = found
    .filter(({ term }) => !word.terms.includes(term))
    .sort((a, b) => a.term.length - b.term.length)
    .slice(0, MAX_TERMS)
  return {
    word,
    terms: [...new Set(nearest.map(({ term }) => term))],
    documentFrequency: Math.max(0, ...nearest.map((form) => form.document_frequency)),
    share
  }
}

/** How the terms begin that may be forms of a word; none is the beginning of another. */
function beginningsOf({ part, forms }: QueryTerm): string[] {
  if (!letters.test(part)) return []
  if (spaceless.test(part)) return part.length <= 2 ? [[...part][0]!] : []
  const length = Math.max(MIN_BEGINNING, Math.ceil(part.length * 0.6))
  const beginnings = [
    part.slice(0, length),
    ...forms.filter((form) => form.length >= Math.max(MIN_BEGINNING, part.length / 2))
  ].filter((beginning) => beginning.length >= MIN_BEGINNING || beginning === part)
  return [...new Set(beginnings)].filter(
    (beginning, _, all) => !all.some((it) => it !== beginning && beginning.startsWith(it))
  )
}

/** Long words from their ends: those that end with the word. */
function endsOf({ part, forms }: QueryTerm, reading: Reading): string[] {
  if (!compoundsIn(reading)) return []
  const long = [part, ...forms].filter(
    (form) => form.length >= MIN_PART && /^\p{Script=Latin}+$/u.test(form)
  )
  const ends = [...new Set(long.map((form) => BACKWARDS + backwards(form)))]
  return ends.filter((end, _, all) => !all.some((it) => it !== end && end.startsWith(it)))
}

/** What a compound may be made of, or letters and digits written as one. */
function partsOf({ part, forms }: QueryTerm, reading: Reading): string[] {
  const apart = apartSpellings(part)
  if (apart.length > 0 || !compoundsIn(reading)) return apart
  const compounds = [part, ...forms].filter(
    (form) => form.length >= MIN_PART + MIN_REST && /^\p{Script=Latin}+$/u.test(form)
  )
  const parts = compounds.flatMap((form) =>
    Array.from({ length: form.length - MIN_PART - MIN_REST + 1 }, (_, i) => [
      form.slice(0, MIN_PART + i),
      form.slice(MIN_REST + i)
    ]).flat()
  )
  return [...new Set(parts)].filter(
    (it) => ![...reading.languages, 'german' as const].some((language) => isStopWord(it, language))
  )
}

/** Of the parts that a compound begins and ends with the longest two. */
function longest(parts: readonly string[], { part, forms }: QueryTerm): string[] {
  const apart = apartSpellings(part)
  if (apart.length > 0) return parts.length === apart.length ? [...parts] : []
  const byLength = parts.toSorted((a, b) => b.length - a.length)
  const begin = byLength.find((it) => part.startsWith(it))
  const end = byLength.find((it) => [part, ...forms].some((form) => form.endsWith(it)))
  return [begin, end].filter((it) => it !== undefined)
}

/** Whether a term differs from the word only in an ending. */
function isForm({ part, forms }: QueryTerm, term: string): boolean {
  if (!letters.test(term)) return false
  if (spaceless.test(part)) return true
  const common = commonBeginning(part, term)
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
  return common >= MIN_BEGINNING && common >= part.length * 0.6 && common >= term.length * 0.55
}

function isBeginning({ part, forms }: QueryTerm, term: string): boolean {
  return (
    letters.test(term) &&
    [part, ...forms].some(
      (form) => form.length >= MIN_PART && form.length * 2 >= part.length && term.startsWith(form)
    )
  )
}

function commonBeginning(a: string, b: string): number {
  let length = 0
  while (length < a.length && a[length] === b[length]) length++
  return length
}
