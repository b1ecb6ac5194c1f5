import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { isAmong } from '../connection/membership.ts'
import { prepareStatement, type Slots, valueSlots } from '../connection/prepared.ts'
import { isFiltered, matchesFilter, type SearchFilter } from './filter.ts'

/**
 * The two parameters of BM25 (Robertson and Zaragoza 2009, §3.4). K1: how soon more of the same
 * word stops counting. B: how much the length of a document counts against it.
 */
const BM25_K1 = 1.2
const BM25_B = 0.75
/**
 * Scores are summed as whole numbers of this unit, so that every order and machine gives the same
 * sum. The score of a word stays under 2^31 units.
 */
const SCORE_UNIT = 1e-6
/** Frequent words add their score to this many of the best memories. */
const MAX_RESCORED = 200
/**
 * The terms of one query word in its several forms. `score` is that of the best match, `share` that
 * of a match within a session.
 */
export interface ScoredTerm {
  terms: string[]
  score: number
  share: number
  documentFrequency: number
}

export interface MemoryHit {
  memory_no: number
  score: number
  session_score: number
}

interface ScoringInput {
  selectiveTerms: readonly ScoredTerm[]
  frequentTerms: readonly ScoredTerm[]
  filter: SearchFilter
  mean_length: number
  limit: number
  /** Rows to read of each term; the newest memories come first. */
  most: number
}

/** One element for each term: the term, the number of its word, its score and its share. */
interface TermArrays extends Record<string, unknown> {
  terms: string[]
  words: number[]
  scores: number[]
  shares: number[]
}

interface ScoringValues extends TermArrays {
  user_id: string
  mean_length: number
  limit: number
  most: number
  frequent_terms: string[]
  frequent_words: number[]
  frequent_scores: number[]
  frequent_shares: number[]
}

function toScoringValues(
  userId: string,
  { selectiveTerms, frequentTerms, mean_length, limit, most }: ScoringInput
): ScoringValues {
  const frequent = toTermArrays(frequentTerms)
  return {
    ...toTermArrays(selectiveTerms),
    user_id: userId,
    mean_length,
    limit,
    most,
    frequent_terms: frequent.terms,
    frequent_words: frequent.words,
    frequent_scores: frequent.scores,
    frequent_shares: frequent.shares
  }
}

function toTermArrays(scoredTerms: readonly ScoredTerm[]): TermArrays {
  const rows = scoredTerms.flatMap(({ terms, score, share }, word) =>
    terms.map((term) => ({ term, word, score, share }))
  )
  return {
    terms: rows.map(({ term }) => term),
    words: rows.map(({ word }) => word),
    scores: rows.map(({ score }) => score),
    shares: rows.map(({ share }) => share)
  }
}

/**
 * Returns the best of the user's memories by BM25, each with the score of its session. A session
 * counts as one document among the sessions with any of the terms. A memory without a session is
 * its own document. `frequentTerms` select no memory: they add to the scores of the selected ones,
 * for which alone they are looked up. Of equal scores the newer memory comes first.
 */
export async function scoreMemories(
  db: Db,
  userId: string,
  scoringInput: ScoringInput
): Promise<MemoryHit[]> {
  const { filter } = scoringInput
  const values = toScoringValues(userId, scoringInput)
  return sumScores(
    isFiltered(filter)
      ? (await selectScores(db, valueSlots(values), filter).execute(db)).rows
      : await scoreUnfiltered(db, values)
  )
}

const scoreUnfiltered = prepareStatement('score_memories', (db, slots: Slots<ScoringValues>) => ({
  compile: () => selectScores(db, slots, {}).compile(db)
}))

function selectScores(db: Db, slots: Slots<ScoringValues>, filter: SearchFilter) {
  return sql<ScorePart>`
    with hits as materialized (
      select memory_no, word, max(session_no) as session_no, max(weight) as weight,
        max(part) as part
      from (${selectivePostings(db, slots, filter)}) as posting
      group by memory_no, word), -- a word in several forms counts once
    chosen as materialized (
      select memory_no, max(session_no) as session_no, sum(part) as score
      from hits group by memory_no
      order by score desc, memory_no desc limit ${slots.limit}),
    session_words as materialized (
      select session_no, word, sum(weight) as weight,
        count(*) over (partition by word) as document_frequency
      from hits where session_no <> 0 group by session_no, word)
    select 'memory' as kind, memory_no, session_no, score from chosen
    union all ${frequentScores(slots)}
    union all ${sessionScores()}`
}

/** What frequent terms add to the best memories of `chosen`. */
function frequentScores({
  user_id: userId,
  mean_length: meanLength,
  ...slots
}: Slots<ScoringValues>) {
  const terms = {
    terms: slots.frequent_terms,
    words: slots.frequent_words,
    scores: slots.frequent_scores,
    shares: slots.frequent_shares
  }
  return sql`select 'frequent', memory_no, 0, sum(part) from (
      select held.memory_no, query.word, max(${wordScore(meanLength)}) as part
      from ${scoredTermRows(terms)}
      cross join (select memory_no from chosen
        order by score desc, memory_no desc limit ${sql.lit(MAX_RESCORED)}) as best
      cross join lateral (
        -- index memory_postings_pkey: written as a range, since without statistics the planner
        -- would rather read all terms of the memory by memory_postings_memory
        select memory_no, weight, length from ${sql.table('memory_postings')} as memory_postings
      where user_id = ${userId}
          and term = query.term and memory_no between best.memory_no and best.memory_no
        limit 1) as held
      group by held.memory_no, query.word) as frequent
    group by memory_no`
}

/** The scores of the sessions of `chosen`, without regard to their lengths. */
function sessionScores() {
  return sql`select 'session', 0, session_no, sum((
      ln(1 + ((select count(distinct session_no) from session_words) - document_frequency + 0.5)
        / (document_frequency + 0.5))
      * weight * (${BM25_K1}::float8 + 1) / (weight + ${BM25_K1}::float8)
      / ${SCORE_UNIT}::float8)::integer)
    from session_words where ${isAmong('session_no', sql`select session_no from chosen`)}
    group by session_no`
}

/** A memory's score by its selective words, what frequent words add, or its session's score. */
interface ScorePart {
  kind: 'memory' | 'frequent' | 'session'
  memory_no: number
  session_no: number
  score: number
}

function sumScores(parts: readonly ScorePart[]): MemoryHit[] {
  const addedScores = new Map<number, number>()
  const scoresBySession = new Map<number, number>()
  for (const part of parts) {
    if (part.kind === 'frequent') addedScores.set(part.memory_no, part.score)
    if (part.kind === 'session') scoresBySession.set(part.session_no, part.score)
  }
  return parts
    .filter((part) => part.kind === 'memory')
    .map((part) => ({
      memory_no: part.memory_no,
      score: (part.score + (addedScores.get(part.memory_no) ?? 0)) * SCORE_UNIT,
      session_score: (scoresBySession.get(part.session_no) ?? part.score) * SCORE_UNIT
    }))
}

/** Each posting of a selective term in the searched memories, with its score. */
function selectivePostings(db: Db, slots: Slots<ScoringValues>, filter: SearchFilter) {
  const { user_id: userId, mean_length: meanLength, most } = slots
  const allPostings = sql`select held.memory_no, held.session_no, query.word,
      (query.share * held.weight)::float8 as weight, ${wordScore(meanLength)} as part
    from ${scoredTermRows(slots)}
    cross join lateral (
      select memory_no, weight, length, session_no
        from ${sql.table('memory_postings')} as memory_postings
      where user_id = ${userId} and term = query.term
      order by memory_no desc limit ${most}) as held`
  if (!isFiltered(filter)) {
    return sql`${allPostings} where held.memory_no not in (
      select memory_no from ${sql.table('memories')} as memories
          where user_id = ${userId} and expires_at <= now())`
  }
  const permittedMemory = db
    .selectFrom('memories')
    .select('memory_no')
    .where('user_id', '=', userId)
    .where('memory_no', '=', sql<number>`read.memory_no`) // index memories_no
    .where((row) => matchesFilter(row, filter))
    .limit(1)
  return sql`with postings as materialized (${allPostings}),
    permitted as materialized (
      select memory.memory_no from (select distinct memory_no from postings) as read
      cross join lateral (${permittedMemory}) as memory)
    select * from postings where ${isAmong('memory_no', sql`select memory_no from permitted`)}`
}

/** The terms as rows `query`, each with the number of its word. */
function scoredTermRows({ terms, words, scores, shares }: Slots<TermArrays>) {
  return sql`unnest(${terms}::text[], ${words}::integer[], ${scores}::float8[],
    ${shares}::float8[]) as query(term, word, score, share)`
}

/** The score of the posting `held` for the term `query`, in whole units. */
function wordScore(meanLength: RawBuilder<number>) {
  const relativeLength = sql`held.length / ${meanLength}::float8`
  return sql`(query.score * held.weight * (${BM25_K1}::float8 + 1)
    / (held.weight + ${BM25_K1}::float8
      * (1 - ${BM25_B}::float8 + ${BM25_B}::float8 * ${relativeLength}))
    / ${SCORE_UNIT}::float8)::integer`
}
