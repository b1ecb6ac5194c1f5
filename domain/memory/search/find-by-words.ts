import type { Db } from '../../../db/connection/connect.ts'
import type { SearchFilter } from '../../../db/memory/filter.ts'
import { findRankingContext } from '../../../db/memory/results.ts'
import { type ScoredTerm, scoreMemories } from '../../../db/memory/scoring.ts'
import { findSearchTotals } from '../../../db/memory/search.ts'
import { countTerms } from '../../../db/memory/term-counts.ts'
import { listTerms } from '../../../db/memory/terms.ts'
import { findNearForms } from './near-forms.ts'
import { nearestWords } from '../../../lib/edit-distance.ts'
import { type ActiveArms, type RankedMemory, rankMemories } from './ranking.ts'
import { type QueryTerm, queryTerms, type QueryWord } from './query-terms.ts'
import { languagesAmongTerms, languageTerms } from './terms.ts'
import { FOREIGN_MARK } from './word-terms.ts'

/**
 * Index entries read to choose candidates, for all words of a query together. The rarer words
 * choose first; one word chooses always.
 */
const MAX_READ_ENTRIES = 20_000
/** A word that a query repeats counts at most this often. */
const MAX_WORD_WEIGHT = 20
/** Memories that words choose, and the best of them whose session neighbours are ranked, too. */
const CANDIDATE_LIMIT = 400
const CONTEXT_LIMIT = 100
/** With fewer results than this, the search also tries other forms and spellings. */
const MIN_RESULTS = 3
/** Unknown words for which similar spellings are looked up, and the weight of such a spelling. */
const MAX_CORRECTED_WORDS = 5
const MISSPELT_SHARE = 0.5
/** The weight of a stop word beside other words, and the index entries that it may read then. */
const STOP_SHARE = 0.2
const MAX_STOP_ENTRIES = 1000

/** A query word with its statistics among the user's memories. */
interface CountedWord extends QueryTerm {
  /** Memories that have the word. */
  documentFrequency: number
  /** Index entries with any of its terms. */
  entryCount: number
  /** Its weight: 1 as the query has it, less for another form or spelling. */
  share: number
}

/** What the lookups of one search have in common. */
interface WordSearch {
  db: Db
  userId: string
  filter: SearchFilter
  arms: ActiveArms
  memoryCount: number
  meanLength: number
  /** Language terms that the user's memories have. */
  storedLanguages: readonly string[]
}

export interface WordResults {
  ranking: RankedMemory[]
  /** Query words that took part in the ranking, with other forms and spellings. */
  usedWords: CountedWord[]
  /** Whether the query has nothing but stop words. */
  onlyStops: boolean
  /** Terms of the words that are stored as the query has them. */
  exactTerms: Set<string>
}

/** Ranks the user's memories by the words of a query. */
export async function findByWords(
  db: Db,
  userId: string,
  words: readonly QueryWord[],
  filter: SearchFilter,
  arms: ActiveArms
): Promise<WordResults> {
  const totals = await findSearchTotals(db, userId, languageTerms)
  const search: WordSearch = {
    db,
    userId,
    filter,
    arms,
    memoryCount: totals.memories,
    meanLength: Math.max(totals.length / totals.memories, 1),
    storedLanguages: totals.found
  }
  const terms = queryTerms(words, search.storedLanguages)
  const distinctTerms = [...new Set(terms.flatMap(({ terms }) => terms))]
  const frequencyByTerm = await countTerms(db, userId, distinctTerms, search.memoryCount)
  const countedWords = terms.map((word) => toCountedWord(word, frequencyByTerm))
  const knownWords = countedWords.filter(({ documentFrequency }) => documentFrequency > 0)
  return {
    ...(await rankWithFallbacks(search, countedWords, knownWords)),
    onlyStops: countedWords.every(({ stop }) => stop),
    exactTerms: new Set(knownWords.flatMap(({ terms }) => terms))
  }
}

/**
 * Ranks by the known words and by other forms of the unknown ones. If that finds little, it ranks
 * again with other forms of rare words and with similar spellings of the words still unknown.
 */
async function rankWithFallbacks(
  search: WordSearch,
  countedWords: readonly CountedWord[],
  knownWords: readonly CountedWord[]
): Promise<{ ranking: RankedMemory[]; usedWords: CountedWord[] }> {
  const unknownWords = countedWords.filter(
    ({ documentFrequency, stop }) => documentFrequency === 0 && !stop
  )
  const nearWords = await findNearWords(search, unknownWords)
  const usedWords = [...knownWords, ...nearWords]
  const ranking = await rankByWords(search, usedWords)
  if (ranking.length >= MIN_RESULTS && usedWords.some(({ stop }) => !stop)) {
    return { ranking, usedWords }
  }
  const rareWords = knownWords.filter(
    ({ documentFrequency, stop }) => documentFrequency < MIN_RESULTS && !stop
  )
  const rareForms = await findNearWords(search, rareWords, false)
  const correctedWords = await findCorrectedWords(
    search,
    unknownWords.filter(({ part }) => !nearWords.some((word) => word.part === part))
  )
  if (rareForms.length + correctedWords.length === 0) return { ranking, usedWords }
  const allWords = [...usedWords, ...rareForms, ...correctedWords]
  return { ranking: await rankByWords(search, allWords), usedWords: allWords }
}

async function rankByWords(
  { db, userId, filter, arms, memoryCount, meanLength }: WordSearch,
  words: readonly CountedWord[]
): Promise<RankedMemory[]> {
  const { selectiveTerms, frequentTerms } = splitByFrequency(words, memoryCount)
  if (selectiveTerms.length === 0) return []
  const candidates = await scoreMemories(db, userId, {
    selectiveTerms,
    frequentTerms,
    filter,
    mean_length: meanLength,
    limit: CANDIDATE_LIMIT,
    most: MAX_READ_ENTRIES
  })
  const bestCandidates = candidates
    .sort(
      (a, b) => b.score + b.session_score - a.score - a.session_score || b.memory_no - a.memory_no
    )
    .slice(0, CONTEXT_LIMIT)
  const rankingContext = await findRankingContext(
    db,
    userId,
    bestCandidates.map(({ memory_no: no }) => no),
    filter
  )
  return rankMemories(candidates, rankingContext, arms)
}

/** The word with those of its terms that any memory has. */
function toCountedWord(word: QueryTerm, frequencyByTerm: ReadonlyMap<string, number>): CountedWord {
  const terms = word.terms.filter((term) => frequencyByTerm.has(term))
  const frequencies = (isForeign: boolean) =>
    terms
      .filter((term) => term.startsWith(FOREIGN_MARK) === isForeign)
      .map((term) => frequencyByTerm.get(term)!)
  const knownFrequency = frequencies(false).reduce((sum, count) => sum + count, 0)
  const foreignFrequencies = frequencies(true)
  return {
    ...word,
    terms,
    // A memory has a word's form in one language, or its forms in all languages it may be in.
    documentFrequency: Math.max(knownFrequency, ...foreignFrequencies),
    entryCount: foreignFrequencies.reduce((sum, count) => sum + count, knownFrequency),
    share: 1
  }
}

/** Other forms of the words that memories have. */
async function findNearWords(
  { db, userId, storedLanguages, memoryCount }: WordSearch,
  words: readonly QueryTerm[],
  splitCompounds = true
): Promise<CountedWord[]> {
  if (words.length === 0) return []
  const nearForms = await findNearForms(db, userId, words, {
    memoryCount,
    reading: languagesAmongTerms(storedLanguages),
    splitCompounds
  })
  return nearForms.map(({ word, terms, documentFrequency, share }) => ({
    ...word,
    terms,
    documentFrequency,
    entryCount: documentFrequency * terms.length,
    share
  }))
}

/**
 * Scores each word by BM25's inverse document frequency. Words with too many index entries choose
 * no memories; they only add to the scores of those chosen. A stop word weighs little beside
 * others.
 */
function splitByFrequency(
  words: readonly CountedWord[],
  memoryCount: number
): { selectiveTerms: ScoredTerm[]; frequentTerms: ScoredTerm[] } {
  const selectiveTerms: ScoredTerm[] = []
  const frequentTerms: ScoredTerm[] = []
  const onlyStops = words.every(({ stop }) => stop)
  const entriesLeft = { words: MAX_READ_ENTRIES, stops: MAX_STOP_ENTRIES }
  for (const { terms, weight, documentFrequency, entryCount, share, stop } of words.toSorted(
    (a, b) => a.documentFrequency - b.documentFrequency
  )) {
    const collectionSize = Math.max(memoryCount, documentFrequency)
    const isLight = stop && !onlyStops
    const wordShare = isLight ? STOP_SHARE : share
    const scoredTerm = {
      terms,
      documentFrequency,
      share: wordShare,
      score:
        wordShare *
        Math.min(weight, MAX_WORD_WEIGHT) *
        Math.log(1 + (collectionSize - documentFrequency + 0.5) / (documentFrequency + 0.5))
    }
    const budgetName = isLight ? 'stops' : 'words'
    const isFirst = selectiveTerms.length === 0 && !isLight
    if (isFirst || entriesLeft[budgetName] >= entryCount) selectiveTerms.push(scoredTerm)
    else frequentTerms.push(scoredTerm)
    entriesLeft[budgetName] -= entryCount
  }
  return { selectiveTerms, frequentTerms }
}

/** Similar spellings that memories have, for words that none has. */
async function findCorrectedWords(
  { db, userId }: WordSearch,
  words: readonly CountedWord[]
): Promise<CountedWord[]> {
  const correctedWords: CountedWord[] = []
  for (const word of words.slice(0, MAX_CORRECTED_WORDS)) {
    const mainForm = word.forms[0]!
    const terms = nearestWords(mainForm, await listTerms(db, userId, mainForm.slice(0, 1)))
    if (terms.length === 0) continue
    const termCount = terms.length
    correctedWords.push({
      ...word,
      terms,
      share: MISSPELT_SHARE,
      documentFrequency: termCount,
      entryCount: termCount
    })
  }
  return correctedWords
}
