import type { Db } from '../../../db/connection/connect.ts'
import type { SearchFilter } from '../../../db/memory/filter.ts'
import { findRankingContext } from '../../../db/memory/results.ts'
import {
  countTerms,
  listTerms,
  findSearchTotals,
  type ScoredTerm,
  scoreMemories
} from '../../../db/memory/search.ts'
import { findNearForms, type NearForms } from './near-forms.ts'
import { nearestWords } from '../../../lib/edit-distance.ts'
import { type ActiveArms, rankMemories } from './ranking.ts'
import {
  languageTerms,
  type QueryTerm,
  queryTerms,
  type queryWords,
  languagesAmongTerms
} from './terms.ts'
import { FOREIGN_MARK } from './word-terms.ts'

/**
 * Entries of the index that choose memories, for all words of a question together: the rarer words
 * first, at least one word.
 */
const MAX_READ = 20_000
/** How often a word counts that a question says again and again. */
const MAX_SAID = 20
/**
 * Memories that are chosen by their own words, and of these the ones whose surroundings are looked
 * at.
 */
const CANDIDATE_LIMIT = 400
const LOOKED_AT = 100
/** With fewer results than this, words that nobody wrote are taken for misspelt. */
const MIN_RESULTS = 3
/** What a word counts that is only nearly the one asked for. */
const MISSPELT = 0.5
/**
 * What a stop word counts beside words that say more, and the entries of the index by which such
 * words choose memories.
 */
const STOP_SHARE = 0.2
const MAX_STOP_READ = 1000

/**
 * `documentFrequency`: how many memories have the word; `read`: entries of the index with its
 * terms; `share`: what it counts beside a word as it was asked for.
 */
interface Word extends QueryTerm {
  documentFrequency: number
  read: number
  share: number
}

/**
 * The ranking by words, the words that it went by, and the terms of those that were asked for so.
 */
export async function findByWords(
  db: Db,
  userId: string,
  words: ReturnType<typeof queryWords>,
  filter: SearchFilter,
  arms: ActiveArms
) {
  const { memories, length, found: spoken } = await findSearchTotals(db, userId, languageTerms)
  const terms = queryTerms(words, spoken)
  const counts = await countTerms(db, userId, [...new Set(terms.flatMap(({ terms }) => terms))])
  const asked = terms.map((word) => countedWord(word, counts))

  const ranked = async (among: Word[]) => {
    const { selectiveTerms, frequentTerms } = divide(among, memories)
    if (selectiveTerms.length === 0) return []
    const scoring = {
      selectiveTerms,
      frequentTerms,
      filter,
      mean_length: Math.max(length / memories, 1),
      limit: CANDIDATE_LIMIT,
      most: MAX_READ
    }
    const candidates = await scoreMemories(db, userId, scoring)
    const best = candidates
      .sort(
        (a, b) => b.score + b.session_score - a.score - a.session_score || b.memory_no - a.memory_no
      )
      .slice(0, LOOKED_AT)
    return rankMemories(
      candidates,
      await findRankingContext(
        db,
        userId,
        best.map(({ memory_no: no }) => no),
        filter
      ),
      arms
    )
  }
  const known = asked.filter(({ documentFrequency }) => documentFrequency > 0)
  const unknown = asked.filter(({ documentFrequency, stop }) => documentFrequency === 0 && !stop)
  const near = unknown.length > 0 ? await nearWords(db, userId, unknown, spoken) : []
  let used = [...known, ...near]
  let found = await ranked(used)
  const few = found.length < MIN_RESULTS || used.every(({ stop }) => stop)
  if (few) {
    const rare = known.filter(
      ({ documentFrequency, stop }) => documentFrequency < MIN_RESULTS && !stop
    )
    const more = rare.length > 0 ? await nearWords(db, userId, rare, spoken, false) : []
    const guessed = await misspelt(
      db,
      userId,
      unknown.filter(({ part }) => !near.some((word) => word.part === part))
    )
    if (more.length + guessed.length > 0) {
      found = await ranked((used = [...used, ...more, ...guessed]))
    }
  }

  return {
    found,
    used,
    onlyStops: asked.every(({ stop }) => stop),
    exact: new Set(known.flatMap(({ terms }) => terms))
  }
}

/** A word of the question with those of its terms that are in any memory. */
function countedWord(word: QueryTerm, counts: ReadonlyMap<string, number>): Word {
  const terms = word.terms.filter((term) => counts.has(term))
  const numbers = (foreign: boolean) =>
    terms
      .filter((term) => term.startsWith(FOREIGN_MARK) === foreign)
      .map((term) => counts.get(term)!)
  const plain = numbers(false).reduce((sum, count) => sum + count, 0)
  const foreign = numbers(true)
  // A memory has the word in one language's form, or in all of those that it may be in.
  return {
    ...word,
    terms,
    documentFrequency: Math.max(plain, ...foreign),
    read: foreign.reduce((sum, count) => sum + count, plain),
    share: 1
  }
}

/** Words that are written in other forms than those asked for. */
async function nearWords(
  db: Db,
  userId: string,
  words: readonly QueryTerm[],
  spoken: readonly string[],
  apart = true
): Promise<Word[]> {
  const near = await findNearForms(db, userId, words, languagesAmongTerms(spoken), apart)
  return near.map(({ word, terms, documentFrequency, share }: NearForms) => ({
    ...word,
    terms,
    documentFrequency,
    read: documentFrequency * terms.length,
    share
  }))
}

/**
 * Each word with what it counts (BM25's inverse document frequency); the words that so many
 * memories have that they choose none apart. Stop words choose little beside others, and all when
 * there are no others.
 */
function divide(
  words: readonly Word[],
  memories: number
): { selectiveTerms: ScoredTerm[]; frequentTerms: ScoredTerm[] } {
  const selectiveTerms: ScoredTerm[] = []
  const frequentTerms: ScoredTerm[] = []
  const onlyStops = words.every(({ stop }) => stop)
  const left = { words: MAX_READ, stops: MAX_STOP_READ }
  for (const { terms, weight, documentFrequency, read, share, stop } of words.toSorted(
    (a, b) => a.documentFrequency - b.documentFrequency
  )) {
    const all = Math.max(memories, documentFrequency)
    const light = stop && !onlyStops
    const counts = light ? STOP_SHARE : share
    const scored = {
      terms,
      documentFrequency,
      share: counts,
      score:
        counts *
        Math.min(weight, MAX_SAID) *
        Math.log(1 + (all - documentFrequency + 0.5) / (documentFrequency + 0.5))
    }
    const kind = light ? 'stops' : 'words'
    if ((selectiveTerms.length === 0 && !light) || left[kind] >= read) selectiveTerms.push(scored)
    else frequentTerms.push(scored)
    left[kind] -= read
  }
  return { selectiveTerms, frequentTerms }
}

/** For each word that nobody wrote, what the user did write that is nearly it. */
async function misspelt(db: Db, userId: string, words: readonly Word[]): Promise<Word[]> {
  const guessed: Word[] = []
  for (const word of words.slice(0, 5)) {
    const terms = nearestWords(
      word.forms[0]!,
      await listTerms(db, userId, word.forms[0]!.slice(0, 1))
    )
    if (terms.length > 0) {
      guessed.push({
        ...word,
        terms,
        share: MISSPELT,
        documentFrequency: terms.length,
        read: terms.length
      })
    }
  }
  return guessed
}
