import type { Db } from '../../db/connect.ts'
import { conditionOf, type SearchFilter } from '../../db/memory-filter.ts'
import {
  countTerms,
  findContext,
  listTerms,
  readFound,
  readPassage,
  readTotals,
  type ScoredTerm,
  scoreMemories
} from '../../db/memory-search.ts'
import { listTruthLinks } from '../../db/memory-relations.ts'
import { hasVectors, nearestMemories } from '../../db/memory-vectors.ts'
import type { Embedder } from '../tool.ts'
import { findNearForms, type NearForms } from './near-forms.ts'
import { nearest } from './nearest.ts'
import { fuse } from './fusion.ts'
import { allArms, type Arms, rank } from './ranking.ts'
import { passageOf, type SeenTokens, snippetOf } from './snippet.ts'
import {
  languageTerms,
  type QueryTerm,
  queryTerms,
  queryWords,
  readingAmong,
  READ_WHOLE
} from './terms.ts'
import { marksOf, successorsFirst, successorsOf, type TruthMarks } from './truth.ts'
import { FOREIGN } from './word-terms.ts'

/**
 * Entries of the index that choose memories, for all words of a question together: the rarer words
 * first, at least one word.
 */
const MOST_READ = 20_000
/** How often a word counts that a question says again and again. */
const MOST_SAID = 20
/**
 * Memories that are chosen by their own words, and of these the ones whose surroundings are looked
 * at.
 */
const CHOSEN = 400
const LOOKED_AT = 100
/** With fewer results than this, words that nobody wrote are taken for misspelt. */
const FEW = 3
/** What a word counts that is only nearly the one asked for. */
const MISSPELT = 0.5
/**
 * What a stop word counts beside words that say more, and the entries of the index by which such
 * words choose memories.
 */
const STOP_SHARE = 0.2
const MAX_STOP_READ = 1000
/** Characters of a long value in which words stand together. */
const PASSAGE = 1500
/** The best memories among which what supersedes another is put before it. */
const SUCCESSOR_CANDIDATES = 50
/** Memories that are found by meaning. */
const NEAREST = 100

export interface Search extends SearchFilter {
  query: string
  limit: number
  /** Characters of each value that are returned. */
  valueLimit: number
  arms?: Arms
  /** Without one the search goes by words. */
  embedder?: Embedder | undefined
  signal?: AbortSignal
}

type Found = Awaited<ReturnType<typeof readFound>>[number]

export interface Finding {
  rows: Array<
    Found &
      TruthMarks & {
        score: number
        matched: string[]
        words: string[]
        isTelling: boolean
        snippet: string
      }
  >
  /** false for a query of nothing but punctuation. */
  asked: boolean
  mode: 'hybrid' | 'lexical'
  /** Why meaning was not asked, though an embedding server is configured. */
  missing?: string
}

/**
 * `holders`: how many memories have the word; `read`: entries of the index with its terms; `share`:
 * what it counts beside a word as it was asked for.
 */
interface Word extends QueryTerm {
  holders: number
  read: number
  share: number
}

/**
 * The memories that answer a question, best first; see docs/architecture.md. `matched` names the
 * arms that found one: `words`, `session` (what stands next to it), `spelling` and `meaning`;
 * `words` are those of the query that it has. Not `isTelling`: it has only stop words of a query
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
  }: Search
): Promise<Finding> {
  const words = queryWords(query)
  if (words.length === 0) return { rows: [], asked: false, mode: 'lexical' }
  const [byWords, byMeaning] = await Promise.all([
    findByWords(db, userId, words, filter, arms),
    arms.meaning && embedder
      ? findByMeaning(db, userId, query, filter, arms, { embedder, signal })
      : undefined
  ])
  const { used, exact } = byWords
  const tellingWords = used.filter(({ stop }) => !stop)
  const nearby = new Map(
    typeof byMeaning === 'object' ? byMeaning.nearest.map((one) => [one.memory_no, one]) : []
  )
  const ranking =
    typeof byMeaning === 'object'
      ? fuse(byWords.found, byMeaning.ranked, byWords.onlyStops || tellingWords.length > 0)
      : byWords.found
  const candidates = ranking.slice(0, Math.max(limit, SUCCESSOR_CANDIDATES))
  const links = await listTruthLinks(db, userId, {
    numbers: candidates.map(({ memory_no: no }) => no)
  })
  const top = successorsFirst(candidates, successorsOf(links)).slice(0, limit)
  const marks = marksOf(links)
  const rows = await readFound(
    db,
    userId,
    top.map(({ memory_no: no }) => no),
    { terms: [...used.flatMap(({ terms }) => terms), ...languageTerms], valueLimit }
  )
  const seen: SeenTokens = new Map()
  const place = new Map(top.map((one) => [one.memory_no, one]))
  return {
    asked: true,
    mode: typeof byMeaning === 'object' ? 'hybrid' : 'lexical',
    ...(typeof byMeaning === 'string' && { missing: byMeaning }),
    rows: await Promise.all(
      rows.map(async (row) => {
        const { score, arms: by } = place.get(row.memory_no)!
        const has = row.found.map(({ term }) => term)
        const isTelling =
          byWords.onlyStops ||
          tellingWords.some(({ terms }) => terms.some((term) => has.includes(term)))
        const matching = (isTelling && !byWords.onlyStops ? tellingWords : used).filter(
          ({ terms }) => terms.some((term) => has.includes(term))
        )
        const known = [...new Set(matching.map(({ word }) => word))]
        const marked = new Set(matching.flatMap(({ terms }) => terms))
        const start = known.length === 0 ? nearby.get(row.memory_no)?.start : undefined
        const found = row.found.filter(({ term }) => marked.has(term))
        const text =
          valueLimit < READ_WHOLE ? row.value : await passage(db, userId, { ...row, found }, start)
        return {
          ...row,
          score,
          matched: has.some((term) => exact.has(term))
            ? by
            : by.map((arm) => (arm === 'words' ? 'spelling' : arm)),
          words: known,
          isTelling,
          ...marks.get(row.memory_id),
          snippet: snippetOf(text, [...marked], readingAmong(has), seen)
        }
      })
    )
  }
}

/**
 * The user's memories nearest to the query, and their ranking with what stands beside them; or why
 * there is none.
 */
async function findByMeaning(
  db: Db,
  userId: string,
  query: string,
  filter: SearchFilter,
  arms: Arms,
  { embedder, signal }: { embedder: Embedder; signal: AbortSignal }
) {
  const meaning = await embedder.embed(query, userId, signal)
  if ('missing' in meaning) return meaning.missing
  const found = await nearestMemories(db, userId, {
    ...meaning,
    condition: conditionOf(filter),
    limit: NEAREST
  })
  const least = found.at(-1)?.similarity
  if (least === undefined) {
    return (await hasVectors(db, userId, meaning.model_no))
      ? { nearest: found, ranked: [] }
      : 'no memory has been embedded yet'
  }
  const context = await findContext(
    db,
    userId,
    found.map(({ memory_no: no }) => no),
    filter
  )
  const candidates = found.map(({ memory_no: no, similarity }) => ({
    memory_no: no,
    score: similarity - least + 1e-6,
    session_score: 0
  }))
  const ranked = rank(candidates, context, { ...arms, session: false, importance: false })
  return {
    nearest: found,
    ranked: ranked.map((one) => ({
      ...one,
      arms: one.arms.map((arm) => (arm === 'words' ? 'meaning' : arm))
    }))
  }
}

/**
 * The ranking by words, the words that it went by, and the terms of those that were asked for so.
 */
async function findByWords(
  db: Db,
  userId: string,
  words: ReturnType<typeof queryWords>,
  filter: SearchFilter,
  arms: Arms
) {
  const { memories, length, found: spoken } = await readTotals(db, userId, languageTerms)
  const terms = queryTerms(words, spoken)
  const counts = await countTerms(db, userId, [...new Set(terms.flatMap(({ terms }) => terms))])
  const asked = terms.map((word) => countedWord(word, counts))

  const ranked = async (among: Word[]) => {
    const { telling, common } = divide(among, memories)
    if (telling.length === 0) return []
    const scoring = {
      telling,
      common,
      filter,
      mean_length: Math.max(length / memories, 1),
      limit: CHOSEN,
      most: MOST_READ
    }
    const candidates = await scoreMemories(db, userId, scoring)
    const best = candidates
      .sort(
        (a, b) => b.score + b.session_score - a.score - a.session_score || b.memory_no - a.memory_no
      )
      .slice(0, LOOKED_AT)
    return rank(
      candidates,
      await findContext(
        db,
        userId,
        best.map(({ memory_no: no }) => no),
        filter
      ),
      arms
    )
  }
  const known = asked.filter(({ holders }) => holders > 0)
  const unknown = asked.filter(({ holders, stop }) => holders === 0 && !stop)
  const near = unknown.length > 0 ? await nearWords(db, userId, unknown, spoken) : []
  let used = [...known, ...near]
  let found = await ranked(used)
  const few = found.length < FEW || used.every(({ stop }) => stop)
  if (few) {
    const rare = known.filter(({ holders, stop }) => holders < FEW && !stop)
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
    terms.filter((term) => term.startsWith(FOREIGN) === foreign).map((term) => counts.get(term)!)
  const plain = numbers(false).reduce((sum, count) => sum + count, 0)
  const foreign = numbers(true)
  // A memory has the word in one language's form, or in all of those that it may be in.
  return {
    ...word,
    terms,
    holders: Math.max(plain, ...foreign),
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
  const near = await findNearForms(db, userId, words, readingAmong(spoken), apart)
  return near.map(({ word, terms, holders, share }: NearForms) => ({
    ...word,
    terms,
    holders,
    read: holders * terms.length,
    share
  }))
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
  const from = near > 0 ? near : length > READ_WHOLE ? passageOf(found, PASSAGE) : undefined
  return from === undefined ? value : readPassage(db, userId, id, { from, length: 2 * PASSAGE })
}

/**
 * Each word with what it counts (BM25's inverse document frequency); the words that so many
 * memories have that they choose none apart. Stop words choose little beside others, and all when
 * there are no others.
 */
function divide(
  words: readonly Word[],
  memories: number
): { telling: ScoredTerm[]; common: ScoredTerm[] } {
  const telling: ScoredTerm[] = []
  const common: ScoredTerm[] = []
  const onlyStops = words.every(({ stop }) => stop)
  const left = { words: MOST_READ, stops: MAX_STOP_READ }
  for (const { terms, weight, holders, read, share, stop } of words.toSorted(
    (a, b) => a.holders - b.holders
  )) {
    const all = Math.max(memories, holders)
    const light = stop && !onlyStops
    const counts = light ? STOP_SHARE : share
    const scored = {
      terms,
      holders,
      share: counts,
      score:
        counts * Math.min(weight, MOST_SAID) * Math.log(1 + (all - holders + 0.5) / (holders + 0.5))
    }
    const kind = light ? 'stops' : 'words'
    if ((telling.length === 0 && !light) || left[kind] >= read) telling.push(scored)
    else common.push(scored)
    left[kind] -= read
  }
  return { telling, common }
}

/** For each word that nobody wrote, what the user did write that is nearly it. */
async function misspelt(db: Db, userId: string, words: readonly Word[]): Promise<Word[]> {
  const guessed: Word[] = []
  for (const word of words.slice(0, 5)) {
    const terms = nearest(word.forms[0]!, await listTerms(db, userId, word.forms[0]!.slice(0, 1)))
    if (terms.length > 0) {
      guessed.push({ ...word, terms, share: MISSPELT, holders: terms.length, read: terms.length })
    }
  }
  return guessed
}
