import { type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import type { Db } from './connect.ts'
import { isAmong } from './membership.ts'
import { allowed, isFiltered, type SearchFilter } from './memory-filter.ts'
import type { Database } from './tables/index.ts'

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
const MOST_COUNTED = 50_000
/** Entries of the index that are looked through for words that are nearly the one asked for. */
const MOST_NEARBY = 50_000

/**
 * Terms of one word of the question, in several forms, and what the best match of them counts;
 * `share`: in a session.
 */
export interface ScoredTerm {
  terms: string[]
  score: number
  share: number
  holders: number
}

/**
 * The user's number of memories and the sum of their lengths, and which of the given terms any of
 * them has.
 */
export async function readTotals(
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
        .limit(MOST_COUNTED)}) as postings)`.as('holders')
    ])
    .execute()
  return new Map(
    rows.filter(({ holders }) => holders > 0).map(({ term, holders }) => [term, holders])
  )
}

function listOfTerms(terms: readonly string[]) {
  return sql<{ term: string }>`unnest(${[...terms]}::text[])`.as<'query'>(sql`query(term)`)
}

export interface Hit {
  memory_no: number
  score: number
  session_score: number
}

interface Scoring {
  telling: readonly ScoredTerm[]
  common: readonly ScoredTerm[]
  filter: SearchFilter
  mean_length: number
  limit: number
  /** Rows of one term that are read, the last arrived. */
  most: number
}

/**
 * The best memories by BM25 over the user's own memories, and with each the score of its session,
 * taken as one document among the sessions that any term occurs in; a memory without a session is
 * a document by itself. `common` words choose no memory, they only add to the scores of the chosen
 * ones: each is looked up for these alone. Equal scores by arrival, the last first.
 */
export async function scoreMemories(db: Db, userId: string, scoring: Scoring): Promise<Hit[]> {
  const { rows } = await sql<ScorePart>`
    with hits as materialized (
      select memory_no, word, max(session_no) as session_no, max(weight) as weight, max(part) as part
      from (${hitsOf(db, userId, scoring)}) as posting
      group by memory_no, word), -- a word in several forms counts once
    chosen as materialized (
      select memory_no, max(session_no) as session_no, sum(part) as score
      from hits group by memory_no order by score desc, memory_no desc limit ${scoring.limit}),
    session_words as materialized (
      select session_no, word, sum(weight) as weight, count(*) over (partition by word) as holders
      from hits where session_no <> 0 group by session_no, word)
    select 'memory' as kind, memory_no, session_no, score from chosen
    union all select 'common', memory_no, 0, sum(part) from (
        select held.memory_no, query.word, max(${partOf(scoring.mean_length)}) as part
        from ${scoredTerms(scoring.common)}
        cross join (select memory_no from chosen order by score desc, memory_no desc limit ${MAX_ADDED_TO}) as best
        cross join lateral (
          -- index memory_postings_pkey: written as a range, since without statistics the planner
          -- would rather read all terms of the memory by memory_postings_memory
          select memory_no, weight, length from memory_postings where user_id = ${userId}
            and term = query.term and memory_no between best.memory_no and best.memory_no limit 1) as held
        group by held.memory_no, query.word) as frequent
      group by memory_no
    union all select 'session', 0, session_no, sum((
        ln(1 + ((select count(distinct session_no) from session_words) - holders + 0.5)
          / (holders + 0.5))
        * weight * (${K1}::float8 + 1) / (weight + ${K1}::float8) / ${UNIT}::float8)::integer)
      from session_words where ${isAmong('session_no', sql`select session_no from chosen`)}
      group by session_no`.execute(db)
  return addUp(rows)
}

/** What a memory counts by its own words, what frequent words add, or what its session counts. */
interface ScorePart {
  kind: 'memory' | 'common' | 'session'
  memory_no: number
  session_no: number
  score: number
}

function addUp(parts: readonly ScorePart[]): Hit[] {
  const common = new Map<number, number>()
  const sessions = new Map<number, number>()
  for (const { kind, memory_no: no, session_no: session, score } of parts) {
    if (kind === 'common') common.set(no, score)
    if (kind === 'session') sessions.set(session, score)
  }
  return parts
    .filter(({ kind }) => kind === 'memory')
    .map(({ score, ...memory }) => ({
      memory_no: memory.memory_no,
      score: (score + (common.get(memory.memory_no) ?? 0)) * UNIT,
      session_score: (sessions.get(memory.session_no) ?? score) * UNIT
    }))
}

/** Each posting of a telling word that is searched, with what it counts. */
function hitsOf(db: Db, userId: string, { telling, filter, most, ...scoring }: Scoring) {
  const postings = sql`select held.memory_no, held.session_no, query.word,
      (query.share * held.weight)::float8 as weight, ${partOf(scoring.mean_length)} as part
    from ${scoredTerms(telling)}
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
    .where((row) => allowed(row, filter))
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

export interface Standing {
  memory_no: number
  importance: number
  /** Milliseconds since 1970. */
  updated_at: number
}

/** Two of one session, so many places apart: 1 or 2. */
export interface Neighbours {
  memory_no: number
  neighbour: Standing
  distance: number
}

/**
 * What else counts for the given memories of the user, and what stands next to those of a session,
 * as far as it is searched.
 */
export async function findContext(
  db: Db,
  userId: string,
  numbers: readonly number[],
  filter: SearchFilter
): Promise<{ standing: Standing[]; neighbours: Neighbours[] }> {
  const rows = await db
    .selectFrom(numbered(numbers))
    .innerJoinLateral(
      (from) =>
        from
          .selectFrom('memories')
          .where('user_id', '=', userId)
          .whereRef('memories.memory_no', '=', 'query.memory_no') // index memories_no
          .select(['memory_no', 'session_id', 'sequence_at', sql<number>`0`.as('distance')])
          .select((row) => standingOf(row, filter))
          .limit(1)
          .as('centre'),
      (join) => join.onTrue()
    )
    .innerJoinLateral(
      () => {
        const itself = sql`select centre.memory_no, 0 as distance, centre.importance,
        centre.updated_at, centre.searched`
        return sql<NeighbourRow>`(${itself}
        union all (${besideCentre(db, userId, filter, 'desc')})
        union all (${besideCentre(db, userId, filter, 'asc')}))`.as<'near'>(sql`near`)
      },
      (join) => join.onTrue()
    )
    .where('near.searched', '=', true)
    .select([
      'centre.memory_no as centre',
      'near.distance',
      'near.memory_no',
      'near.importance',
      'near.updated_at'
    ])
    .execute()
  const near = rows.map(({ centre, distance, ...neighbour }) => ({
    memory_no: centre,
    neighbour,
    distance
  }))
  return {
    standing: near.filter(({ distance }) => distance === 0).map(({ neighbour }) => neighbour),
    neighbours: near.filter(({ distance }) => distance > 0)
  }
}

interface NeighbourRow extends Standing {
  distance: number
  searched: boolean
}

function standingOf(row: ExpressionBuilder<Database, 'memories'>, filter: SearchFilter) {
  return [
    row.ref('memories.importance').as('importance'),
    sql<number>`(extract(epoch from memories.updated_at) * 1000)::float8`.as('updated_at'),
    allowed(row, filter).as('searched')
  ] as const
}

/** The next two of the session before ('desc') or after `centre` (index memories_sequence). */
function besideCentre(db: Db, userId: string, filter: SearchFilter, order: 'asc' | 'desc') {
  const direction = sql.raw(order)
  return db
    .selectFrom('memories')
    .where('user_id', '=', userId)
    .where('session_id', '=', sql<string>`centre.session_id`)
    .where(
      sql<SqlBool>`(memories.sequence_at, memories.memory_no)
      ${sql.raw(order === 'asc' ? '>' : '<')} (centre.sequence_at, centre.memory_no)`
    )
    .orderBy('memories.sequence_at', order)
    .orderBy('memories.memory_no', order)
    .limit(2)
    .select([
      'memories.memory_no',
      sql<number>`row_number() over (
      order by memories.sequence_at ${direction}, memories.memory_no ${direction})`.as('distance')
    ])
    .select((row) => standingOf(row, filter))
}

function numbered(numbers: readonly number[]) {
  return sql<{ memory_no: number; place: number }>`unnest(${[...numbers]}::bigint[])
    with ordinality`.as<'query'>(sql`query(memory_no, place)`)
}

/**
 * The given memories in the given order, with the terms of the question that each has and the
 * places of these in a long value.
 */
export async function readFound(
  db: Db,
  userId: string,
  numbers: readonly number[],
  { terms, valueLimit }: { terms: readonly string[]; valueLimit: number }
) {
  const memories = await db
    .selectFrom(numbered(numbers))
    .innerJoinLateral(
      (from) =>
        from
          .selectFrom('memories')
          .where('user_id', '=', userId)
          .whereRef('memories.memory_no', '=', 'query.memory_no') // index memories_no
          .select([
            'memory_id',
            'memory_no',
            'key',
            'agent_name',
            'tags',
            'importance',
            'type',
            'session_id',
            'speaker',
            'occurred_at',
            'created_at',
            'updated_at'
          ])
          .select([
            sql<string>`left(value, ${valueLimit})`.as('value'),
            sql<number>`length(value)`.as('value_length')
          ])
          .limit(1)
          .as('memory'),
      (join) => join.onTrue()
    )
    .selectAll('memory')
    .orderBy('query.place')
    .execute()
  const postings = await db
    .selectFrom(listOfTerms([...new Set(terms)]))
    .innerJoinLateral(
      (from) =>
        from
          .selectFrom('memory_postings')
          .where('user_id', '=', userId)
          .whereRef('memory_postings.term', '=', 'query.term') // index memory_postings_pkey
          .where('memory_no', '=', sql<number>`any(${[...numbers]}::bigint[])`)
          .select(['memory_no', 'places'])
          .as('held'),
      (join) => join.onTrue()
    )
    .select(['query.term', 'held.memory_no', 'held.places'])
    .execute()
  return memories.map((memory) => ({
    ...memory,
    found: postings
      .filter(({ memory_no: no }) => no === memory.memory_no)
      .map(({ term, places }) => ({ term, places }))
      .sort((a, b) => (a.term < b.term ? -1 : 1))
  }))
}

/** A part of a value, from a place on; places and lengths in characters. */
export async function readPassage(
  db: Db,
  userId: string,
  memoryId: string,
  { from, length }: { from: number; length: number }
): Promise<string> {
  const row = await db
    .selectFrom('memories')
    .where('user_id', '=', userId)
    .where('memory_id', '=', memoryId)
    .select(sql<string>`substr(value, ${from + 1}::integer, ${length}::integer)`.as('passage'))
    .executeTakeFirst()
  return row?.passage ?? ''
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
        .limit(MOST_NEARBY)
        .as('entries')
    )
    .select('term')
    .distinct()
    .orderBy('term')
    .execute()
  return rows.map(({ term }) => term)
}
