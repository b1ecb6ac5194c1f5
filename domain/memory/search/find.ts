import type { Db } from '../../../db/connection/connect.ts'
import type { SearchFilter } from '../../../db/memory/filter.ts'
import { listSearchResults, findPassage } from '../../../db/memory/results.ts'
import { listTruthLinks } from '../../../db/memory/relations.ts'
import type { Embedder } from '../../context.ts'
import { findByMeaning } from './find-by-meaning.ts'
import { findByWords } from './find-by-words.ts'
import { fuseRankings } from './fusion.ts'
import { allArms, type ActiveArms } from './ranking.ts'
import { passageStart, type TokenTermsCache, snippetOf } from './snippet.ts'
import { languageTerms, queryWords, languagesAmongTerms, MAX_WHOLE_VALUE } from './terms.ts'
import { truthMarksByMemory, successorsFirst, successorsOf, type TruthMarks } from '../truth.ts'

/** Characters of a long value in which words stand together. */
const PASSAGE = 1500
/** The best memories among which what supersedes another is put before it. */
const SUCCESSOR_CANDIDATES = 50

export interface MemorySearch extends SearchFilter {
  query: string
  limit: number
  /** Characters of each value that are returned. */
  valueLimit: number
  arms?: ActiveArms
  /** Without one the search goes by words. */
  embedder?: Embedder | undefined
  signal?: AbortSignal
}

type Found = Awaited<ReturnType<typeof listSearchResults>>[number]

export interface SearchFinding {
  rows: Array<
    Found &
      TruthMarks & {
        score: number
        matched: string[]
        words: string[]
        isSelective: boolean
        snippet: string
      }
  >
  /** false for a query of nothing but punctuation. */
  hasQueryWords: boolean
  mode: 'hybrid' | 'lexical'
  /** Why meaning was not asked, though an embedding server is configured. */
  missing?: string
}

/**
 * The memories that answer a question, best first; see docs/architecture.md. `matched` names the
 * arms that found one: `words`, `session` (what stands next to it), `spelling` and `meaning`;
 * `words` are those of the query that it has. Not `isSelective`: it has only stop words of a query
 * with others.
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
  const [byWords, byMeaning] = await Promise.all([
    findByWords(db, userId, words, filter, arms),
    arms.meaning && embedder
      ? findByMeaning(db, userId, query, filter, arms, { embedder, signal })
      : undefined
  ])
  const { used, exact } = byWords
  const selectiveWords = used.filter(({ stop }) => !stop)
  const nearby = new Map(
    typeof byMeaning === 'object' ? byMeaning.nearest.map((one) => [one.memory_no, one]) : []
  )
  const ranking =
    typeof byMeaning === 'object'
      ? fuseRankings(
          byWords.found,
          byMeaning.ranked,
          byWords.onlyStops || selectiveWords.length > 0
        )
      : byWords.found
  const candidates = ranking.slice(0, Math.max(limit, SUCCESSOR_CANDIDATES))
  const links = await listTruthLinks(db, userId, {
    numbers: candidates.map(({ memory_no: no }) => no)
  })
  const top = successorsFirst(candidates, successorsOf(links)).slice(0, limit)
  const marks = truthMarksByMemory(links)
  const rows = await listSearchResults(
    db,
    userId,
    top.map(({ memory_no: no }) => no),
    { terms: [...used.flatMap(({ terms }) => terms), ...languageTerms], valueLimit }
  )
  const seen: TokenTermsCache = new Map()
  const place = new Map(top.map((one) => [one.memory_no, one]))
  return {
    hasQueryWords: true,
    mode: typeof byMeaning === 'object' ? 'hybrid' : 'lexical',
    ...(typeof byMeaning === 'string' && { missing: byMeaning }),
    rows: await Promise.all(
      rows.map(async (row) => {
        const { score, arms: by } = place.get(row.memory_no)!
        const has = row.found.map(({ term }) => term)
        const isSelective =
          byWords.onlyStops ||
          selectiveWords.some(({ terms }) => terms.some((term) => has.includes(term)))
        const matching = (isSelective && !byWords.onlyStops ? selectiveWords : used).filter(
          ({ terms }) => terms.some((term) => has.includes(term))
        )
        const known = [...new Set(matching.map(({ word }) => word))]
        const marked = new Set(matching.flatMap(({ terms }) => terms))
        const start = known.length === 0 ? nearby.get(row.memory_no)?.start : undefined
        const found = row.found.filter(({ term }) => marked.has(term))
        const text =
          valueLimit < MAX_WHOLE_VALUE
            ? row.value
            : await passage(db, userId, { ...row, found }, start)
        return {
          ...row,
          score,
          matched: has.some((term) => exact.has(term))
            ? by
            : by.map((arm) => (arm === 'words' ? 'spelling' : arm)),
          words: known,
          isSelective,
          ...marks.get(row.memory_id),
          snippet: snippetOf(text, [...marked], languagesAmongTerms(has), seen)
        }
      })
    )
  }
}

/**
 * The value, or the part of a long one where most of the words stand, or that is near in meaning.
 */
async function passage(
  db: Db,
  userId: string,
  { memory_id: id, value, value_length: length, found }: Found,
  near = 0
): Promise<string> {
  const from = near > 0 ? near : length > MAX_WHOLE_VALUE ? passageStart(found, PASSAGE) : undefined
  return from === undefined ? value : findPassage(db, userId, id, { from, length: 2 * PASSAGE })
}
