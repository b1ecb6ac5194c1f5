import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { isAmong } from '../connection/membership.ts'
import { matchesFilter, isFiltered, type SearchFilter } from './filter.ts'

/**
 * How soon more of the same word stops counting, and how much a long document is held against it
 * (Robertson and Zaragoza 2009, §3.4).
 */
const K1 = 1.2
const B = 0.75
/**
 * Scores are summed as whole numbers of this part: in any order, on any machine, to the same. What
 * a word counts stays under 2^31 of them.
 */
const UNIT = 1e-6
/** The best memories to which frequent words add their score. */
const MAX_ADDED_TO = 200
/** Rows of one term that are counted. */
const MAX_COUNTED = 50_000
/** Entries of the index that are looked through for words that are nearly the one asked for. */
const MAX_NEARBY = 50_000

/**
 * Terms of one word of the question, in several forms, and what the best match of them counts;
 * `share`: in a session.
 */
export interface ScoredTerm {
  terms: string[]
  score: number
  share: number
  documentFrequency: number
}

/**
 * The user's number of memories and the sum of their lengths, and which of the given terms any of
 * them has.
 */
export async function findSearchTotals(
  db: Db,
  userId: string,
  terms: readonly string[]
): Promise<{ memories: number; length: number; found: string[] }> {
  return db
    .selectFrom('memory_totals')
    .where('user_id', '=', userId)
    .select((from) => [
      sql<number>`coalesce(sum(memories), 0)`.as('memories'),
      sql<number>`coalesce(sum(length), 0)`.as('length'),
      sql<string[]>`array(${from
        .selectFrom(listOfTerms(terms))
        .select('query.term')
        .where(
          ({ selectFrom }) =>
            selectFrom('memory_postings') // looked up one by one
              .select('memory_no')
              .where('user_id', '=', userId)
              .whereRef('memory_postings.term', '=', 'query.term')
              .limit(1),
          'is not',
          null
        )})`.as('found')
    ])
    .executeTakeFirstOrThrow()
}

/** How many of the user's memories have each term, of those that any has; counted up to a limit. */
export async function countTerms(
  db: Db,
  userId: string,
  terms: readonly string[]
): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom(listOfTerms(terms))
    .select((from) => [
      'query.term',
      sql<number>`(select count(*) from (${from
        .selectFrom('memory_postings')
        .select('memory_no')
        .where('user_id', '=', userId)
        .whereRef('memory_postings.term', '=', 'query.term')
        .limit(MAX_COUNTED)}) as postings)`.as('document_frequency')
    ])
    .execute()
  return new Map(
    rows
      .filter(({ document_frequency }) => document_frequency > 0)
      .map(({ term, document_frequency }) => [term, document_frequency])
  )
}

/**
 * Terms of the user's that begin like this, as many as stand in the first entries of the index that
 * do.
 */
export async function listTerms(db: Db, userId: string, beginning: string): Promise<string[]> {
  const rows = await db
    .selectFrom((from) =>
      from
        .selectFrom('memory_postings')
        .select('term')
        .where('user_id', '=', userId)
        .where('term', '>=', beginning)
        .where('term', '<', `${beginning}\u{10ffff}`)
        .orderBy('term')
        .limit(MAX_NEARBY)
        .as('entries')
    )
    .select('term')
    .distinct()
    .orderBy('term')
    .execute()
  return rows.map(({ term }) => term)
}

function listOfTerms(terms: readonly string[]) {
  return sql<{ term: string }>`unnest(${[...terms]}::text[])`.as<'query'>(sql`query(term)`)
}

export interface MemoryHit {
  memory_no: number
  score: number
  session_score: number
}

interface Scoring {
  selectiveTerms: readonly ScoredTerm[]
  frequentTerms: readonly ScoredTerm[]
  filter: SearchFilter
  mean_length: number
  limit: number
  /** Rows of one term that are read, the last arrived. */
  most: number
}

/**
 * The best memories by BM25 over the user's own memories, and with each the score of its session,
 * taken as one document among the sessions that any term occurs in; a memory without a session is
 * a document by itself. `frequentTerms` choose no memory, they only add to the scores of the chosen
 * ones: each is looked up for these alone. Equal scores by arrival, the last first.
 */
export async function scoreMemories(
  db: Db,
  userId: string,
  scoring: Scoring
): Promise<MemoryHit[]> {
  const { rows } = await sql<ScorePart>`
    with hits as materialized (
      select memory_no, word, max(session_no) as session_no, max(weight) as weight, max(part) as part
      from (${hitsOf(db, userId, scoring)}) as posting
      group by memory_no, word), -- a word in several forms counts once
    chosen as materialized (
      select memory_no, max(session_no) as session_no, sum(part) as score
      from hits group by memory_no order by score desc, memory_no desc limit ${scoring.limit}),
    session_words as materialized (
      select session_no, word, sum(weight) as weight, count(*) over (partition by word) as document_frequency
      from hits where session_no <> 0 group by session_no, word)
    select 'memory' as kind, memory_no, session_no, score from chosen
    union all select 'frequent', memory_no, 0, sum(part) from (
        select held.memory_no, query.word, max(${partOf(scoring.mean_length)}) as part
        from ${scoredTerms(scoring.frequentTerms)}
        cross join (select memory_no from chosen order by score desc, memory_no desc limit ${MAX_ADDED_TO}) as best
        cross join lateral (
          -- index memory_postings_pkey: written as a range, since without statistics the planner
          -- would rather read all terms of the memory by memory_postings_memory
          select memory_no, weight, length from memory_postings where user_id = ${userId}
            and term = query.term and memory_no between best.memory_no and best.memory_no limit 1) as held
        group by held.memory_no, query.word) as frequent
      group by memory_no
    union all select 'session', 0, session_no, sum((
        ln(1 + ((select count(distinct session_no) from session_words) - document_frequency + 0.5)
          / (document_frequency + 0.5))
        * weight * (${K1}::float8 + 1) / (weight + ${K1}::float8) / ${UNIT}::float8)::integer)
      from session_words where ${isAmong('session_no', sql`select session_no from chosen`)}
      group by session_no`.execute(db)
  return addUp(rows)
}

/** What a memory counts by its own words, what frequent words add, or what its session counts. */
interface ScorePart {
  kind: 'memory' | 'frequent' | 'session'
  memory_no: number
  session_no: number
  score: number
}

function addUp(parts: readonly ScorePart[]): MemoryHit[] {
  const frequentTerms = new Map<number, number>()
  const sessions = new Map<number, number>()
  for (const { kind, memory_no: no, session_no: session, score } of parts) {
    if (kind === 'frequent') frequentTerms.set(no, score)
    if (kind === 'session') sessions.set(session, score)
  }
  return parts
    .filter(({ kind }) => kind === 'memory')
    .map(({ score, ...memory }) => ({
      memory_no: memory.memory_no,
      score: (score + (frequentTerms.get(memory.memory_no) ?? 0)) * UNIT,
      session_score: (sessions.get(memory.session_no) ?? score) * UNIT
    }))
}

/** Each posting of a selective term that is searched, with what it counts. */
function hitsOf(db: Db, userId: string, { selectiveTerms, filter, most, ...scoring }: Scoring) {
  const postings = sql`select held.memory_no, held.session_no, query.word,
      (query.share * held.weight)::float8 as weight, ${partOf(scoring.mean_length)} as part
    from ${scoredTerms(selectiveTerms)}
    cross join lateral (
      select memory_no, weight, length, session_no from memory_postings
      where user_id = ${userId} and term = query.term
      order by memory_no desc limit ${most}) as held`
  if (!isFiltered(filter)) {
    return sql`${postings} where held.memory_no not in (
      select memory_no from memories where user_id = ${userId} and expires_at <= now())`
  }
  const memory = db
    .selectFrom('memories')
    .select('memory_no')
    .where('user_id', '=', userId)
    .where('memory_no', '=', sql<number>`read.memory_no`) // index memories_no
    .where((row) => matchesFilter(row, filter))
    .limit(1)
  return sql`with postings as materialized (${postings}),
    permitted as materialized (
      select memory.memory_no from (select distinct memory_no from postings) as read
      cross join lateral (${memory}) as memory)
    select * from postings where ${isAmong('memory_no', sql`select memory_no from permitted`)}`
}

function scoredTerms(words: readonly ScoredTerm[]) {
  const rows = words.flatMap(({ terms, score, share }, word) =>
    terms.map((term) => ({ term, word, score, share }))
  )
  return sql`unnest(${rows.map(({ term }) => term)}::text[],
    ${rows.map(({ word }) => word)}::integer[],
    ${rows.map(({ score }) => score)}::float8[],
    ${rows.map(({ share }) => share)}::float8[]) as query(term, word, score, share)`
}

function partOf(meanLength: number) {
  const relativeLength = sql`held.length / ${meanLength}::float8`
  return sql`(query.score * held.weight * (${K1}::float8 + 1) / (held.weight + ${K1}::float8
    * (1 - ${B}::float8 + ${B}::float8 * ${relativeLength})) / ${UNIT}::float8)::integer`
}
