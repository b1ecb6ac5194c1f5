import type { Db } from '../../../db/connection/connect.ts'
import type { SearchFilter } from '../../../db/memory/filter.ts'
import { listSearchResults, findPassage } from '../../../db/memory/results.ts'
import { listTruthLinks } from '../../../db/memory/relations.ts'
import type { Embedder } from '../../context.ts'
import { findByMeaning } from './find-by-meaning.ts'
import { findByWords, type WordResults } from './find-by-words.ts'
import { fuseRankings } from './fusion.ts'
import { type ActiveArms, allArms, type RankedMemory } from './ranking.ts'
import {
  markedText,
  passageStart,
  snippetOf,
  type SnippetPart,
  type TokenTermsCache
} from './snippet.ts'
import { queryWords } from './query-terms.ts'
import { languagesAmongTerms, languageTerms, MAX_WHOLE_VALUE } from './terms.ts'
import { truthMarksByMemory, successorsFirst, successorsOf, type TruthMarks } from '../truth.ts'

/** Search words of one passage of a long value stand within this many characters. */
const PASSAGE_LENGTH = 1500
/** Only among this many of the best memories does a successor move before what it supersedes. */
const SUCCESSOR_CANDIDATES = 50

export interface MemorySearch extends SearchFilter {
  query: string
  limit: number
  /** Characters of each value that are returned. */
  valueLimit: number
  arms?: ActiveArms
  /** Without an embedder the search goes by words only. */
  embedder?: Embedder | undefined
  signal?: AbortSignal
}

type ResultRow = Awaited<ReturnType<typeof listSearchResults>>[number]
type MeaningHits = Exclude<Awaited<ReturnType<typeof findByMeaning>>, string>

/** What a search result adds to its row. */
interface ResultDetails {
  score: number
  /** The arms that ranked the memory: `words`, `session`, `spelling`, `meaning`. */
  matched: string[]
  /** The words of the query that the memory has. */
  words: string[]
  /** False if the memory has only stop words of a query that has other words, too. */
  isSelective: boolean
  /** The best part of the value, with `**` around what the query has. */
  snippet: string
  /** The same in parts: a value may hold `**` itself. */
  snippetParts: SnippetPart[]
}

export interface SearchFinding {
  rows: Array<ResultRow & ResultDetails & TruthMarks>
  /** False for a query of nothing but punctuation. */
  hasQueryWords: boolean
  mode: 'hybrid' | 'lexical'
  /** Why the search left meaning out, though an embedding server is configured. */
  missing?: string
}

/**
 * Lists the memories that answer a query, best first. `docs/architecture.md` explains the ranking.
 */
export async function findMemories(
  db: Db,
  userId: string,
  {
    query,
    limit,
    valueLimit,
    arms = allArms,
    embedder,
    signal = new AbortController().signal,
    ...filter
  }: MemorySearch
): Promise<SearchFinding> {
  const words = queryWords(query)
  if (words.length === 0) return { rows: [], hasQueryWords: false, mode: 'lexical' }
  const [wordResults, meaningResults] = await Promise.all([
    findByWords(db, userId, words, filter, arms),
    arms.meaning && embedder
      ? findByMeaning(db, userId, query, filter, arms, { embedder, signal })
      : undefined
  ])
  const meaningHits = typeof meaningResults === 'object' ? meaningResults : undefined
  const ranking = combineRankings(wordResults, meaningHits)
  const { topMemories, marksById } = await selectTopMemories(db, userId, ranking, limit)
  const resultRows = await listSearchResults(
    db,
    userId,
    topMemories.map(({ memory_no: no }) => no),
    {
      terms: [...wordResults.usedWords.flatMap(({ terms }) => terms), ...languageTerms],
      valueLimit
    }
  )
  const rankedByNo = new Map(topMemories.map((memory) => [memory.memory_no, memory]))
  const describeRow = rowDescriber(db, userId, { wordResults, meaningHits, valueLimit })
  return {
    hasQueryWords: true,
    mode: meaningHits ? 'hybrid' : 'lexical',
    ...(typeof meaningResults === 'string' && { missing: meaningResults }),
    rows: await Promise.all(
      resultRows.map(async (row) => ({
        ...row,
        ...(await describeRow(row, rankedByNo.get(row.memory_no)!)),
        ...marksById.get(row.memory_id)
      }))
    )
  }
}

/** Describes the rows of one answer; they share a cache, since their texts have much in common. */
function rowDescriber(
  db: Db,
  userId: string,
  {
    wordResults,
    meaningHits,
    valueLimit
  }: { wordResults: WordResults; meaningHits: MeaningHits | undefined; valueLimit: number }
) {
  const tokenTerms: TokenTermsCache = new Map()
  const passageStartByNo = new Map(
    meaningHits?.nearest.map(({ memory_no: no, start }) => [no, start])
  )
  return async (row: ResultRow, { score, arms }: RankedMemory): Promise<ResultDetails> => {
    const matches = matchQueryWords(row, wordResults)
    const meaningStart = passageStartByNo.get(row.memory_no)
    const text = await snippetSource(db, userId, row, matches, { meaningStart, valueLimit })
    const textLanguages = languagesAmongTerms(matches.rowTerms)
    const snippetParts = snippetOf(text, [...matches.markedTerms], textLanguages, tokenTerms)
    return {
      score,
      matched: matches.isExact ? arms : arms.map((arm) => (arm === 'words' ? 'spelling' : arm)),
      words: matches.matchedWords,
      isSelective: matches.isSelective,
      snippet: markedText(snippetParts),
      snippetParts
    }
  }
}

function combineRankings(
  { ranking, usedWords, onlyStops }: WordResults,
  meaningHits?: MeaningHits
): RankedMemory[] {
  if (!meaningHits) return ranking
  const isSelective = onlyStops || usedWords.some(({ stop }) => !stop)
  return fuseRankings(ranking, meaningHits.ranked, isSelective)
}

/** Puts successors before what they supersede, then cuts the ranking to `limit`. */
async function selectTopMemories(
  db: Db,
  userId: string,
  ranking: readonly RankedMemory[],
  limit: number
) {
  const candidates = ranking.slice(0, Math.max(limit, SUCCESSOR_CANDIDATES))
  const truthLinks = await listTruthLinks(db, userId, {
    numbers: candidates.map(({ memory_no: no }) => no)
  })
  return {
    topMemories: successorsFirst(candidates, successorsOf(truthLinks)).slice(0, limit),
    marksById: truthMarksByMemory(truthLinks)
  }
}

/**
 * Tells which query words a row has. Stop words are left out beside others: they would mark half
 * of every snippet.
 */
function matchQueryWords(row: ResultRow, { usedWords, onlyStops, exactTerms }: WordResults) {
  const rowTerms = row.found.map(({ term }) => term)
  const hasTerm = ({ terms }: { terms: string[] }) => terms.some((term) => rowTerms.includes(term))
  const selectiveWords = usedWords.filter(({ stop }) => !stop)
  const isSelective = onlyStops || selectiveWords.some(hasTerm)
  const matchingWords = (isSelective && !onlyStops ? selectiveWords : usedWords).filter(hasTerm)
  return {
    rowTerms,
    isSelective,
    isExact: rowTerms.some((term) => exactTerms.has(term)),
    matchedWords: [...new Set(matchingWords.map(({ word }) => word))],
    markedTerms: new Set(matchingWords.flatMap(({ terms }) => terms))
  }
}

/**
 * The text that the snippet is cut from: the value, or a passage of a long one. The passage is
 * where most of the words stand, or where the value is nearest in meaning if it has none of them.
 */
async function snippetSource(
  db: Db,
  userId: string,
  { memory_id: id, value, value_length: length, found: termPlaces }: ResultRow,
  { matchedWords, markedTerms }: ReturnType<typeof matchQueryWords>,
  { meaningStart = 0, valueLimit }: { meaningStart: number | undefined; valueLimit: number }
): Promise<string> {
  if (valueLimit < MAX_WHOLE_VALUE) return value
  const markedPlaces = termPlaces.filter(({ term }) => markedTerms.has(term))
  const wordsStart =
    length > MAX_WHOLE_VALUE ? passageStart(markedPlaces, PASSAGE_LENGTH) : undefined
  const from = matchedWords.length === 0 && meaningStart > 0 ? meaningStart : wordsStart
  if (from === undefined) return value
  return findPassage(db, userId, id, { from, length: 2 * PASSAGE_LENGTH })
}
