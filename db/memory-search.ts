import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import type { Db } from './connect.ts'
import type { Database } from './tables/index.ts'

/** How soon more of the same word stops counting, and how much a long document is held against it (Robertson and Zaragoza 2009, §3.4). */
const K1 = 1.2
const B = 0.75
/** Scores are summed as whole numbers of this part: in any order, on any machine, to the same. What a word counts stays under 2^31 of them. */
const UNIT = 1e-6
/** Rows of one term that are counted. */
const MOST_COUNTED = 50_000
/** Entries of the index that are looked through for words that are nearly the one asked for. */
const MOST_NEARBY = 50_000
/** What is searched. Times are of the event, or of the storing. */
export interface SearchFilter {
  agent_name?: string | undefined
  tags?: string[] | undefined
  /** 'all' of the tags, or 'any' of them. */
  tag_match?: 'all' | 'any' | undefined
  type?: string | undefined
  from?: Date | undefined
  until?: Date | undefined
  min_importance?: number | undefined
}

/** Terms of one word of the question, in several forms, and what the best match of them counts; `share`: in a session. */
export interface ScoredTerm { terms: string[], score: number, share: number, holders: number }

/** The user's number of memories and the sum of their lengths, and which of the given terms any of them has. */
export async function readTotals (db: Db, userId: string, terms: readonly string[]): Promise<{ memories: number, length: number, found: string[] }> {
  return db.selectFrom('memory_totals').where('user_id', '=', userId).select((from) => [
    sql<number>`coalesce(sum(memories), 0)`.as('memories'),
    sql<number>`coalesce(sum(length), 0)`.as('length'),
    sql<string[]>`array(${from.selectFrom(asked(terms)).select('term').where(({ selectFrom }) => selectFrom('memory_postings') // looked up one by one
      .select('memory_no').where('user_id', '=', userId).whereRef('memory_postings.term', '=', 'asked.term').limit(1), 'is not', null)})`.as('found')
  ]).executeTakeFirstOrThrow()
}

/** How many of the user's memories have each term, of those that any has; counted up to a limit. */
export async function countTerms (db: Db, userId: string, terms: readonly string[]): Promise<Map<string, number>> {
  const rows = await db.selectFrom(asked(terms)).select((from) => ['term', sql<number>`(select count(*) from (${from.selectFrom('memory_postings')
    .select('memory_no').where('user_id', '=', userId).whereRef('memory_postings.term', '=', 'asked.term').limit(MOST_COUNTED)}) as held)`.as('holders')]).execute()
  return new Map(rows.filter(({ holders }) => holders > 0).map(({ term, holders }) => [term, holders]))
}

function asked (terms: readonly string[]) {
  return sql<{ term: string }>`unnest(${[...terms]}::text[])`.as<'asked'>(sql`asked(term)`)
}

export interface Hit { memory_no: number, score: number, session_score: number }

/**
 * The best memories by BM25 over the user's own memories, and with each the score of its session, taken as one document among the sessions that any
 * term occurs in; a memory without a session is one by itself. `common` words choose nobody, they only add to what the others have chosen: each is looked
 * up for these alone (index memory_postings_pkey, which holds all that is read here). Equal ones by arrival, the last first.
 */
export async function scoreMemories (db: Db, userId: string, { telling, common, filter, mean_length: meanLength, limit, most }: {
  telling: readonly ScoredTerm[]
  common: readonly ScoredTerm[]
  filter: SearchFilter
  mean_length: number
  limit: number
  /** Rows of one term that are read, the last arrived. */
  most: number
}): Promise<Hit[]> {
  const flat = (words: readonly ScoredTerm[]) => {
    const rows = words.flatMap(({ terms, score, share }, word) => terms.map((term) => ({ term, word, score, share })))
    return sql<{ term: string, word: number, score: number, share: number }>`unnest(${rows.map(({ term }) => term)}::text[],
      ${rows.map(({ word }) => word)}::integer[], ${rows.map(({ score }) => score)}::float8[], ${rows.map(({ share }) => share)}::float8[])`
      .as<'asked'>(sql`asked(term, word, score, share)`)
  }
  const part = sql<number>`(asked.score * held.weight * (${K1}::float8 + 1) /
    (held.weight + ${K1}::float8 * (1 - ${B}::float8 + ${B}::float8 * held.length / ${meanLength}::float8)) / ${UNIT}::float8)::integer`
  const filtered = isFiltered(filter)
  return db
    .with((cte) => cte('hits').materialized(), (query) => query.selectFrom(flat(telling))
      .innerJoinLateral((from) => from.selectFrom('memory_postings').select(['memory_no', 'weight', 'length', 'session_no'])
        .where('user_id', '=', userId).whereRef('memory_postings.term', '=', 'asked.term').orderBy('memory_no', 'desc').limit(most).as('held'), (join) => join.onTrue())
      .where((row) => filtered
        ? row('held.memory_no', 'in', row.selectFrom('memories').select('memory_no').where('user_id', '=', userId).where((one) => allowed(one, filter)))
        : row('held.memory_no', 'not in', row.selectFrom('memories').select('memory_no').where('user_id', '=', userId).where('expires_at', '<=', sql<Date>`now()`)))
      .groupBy(['held.memory_no', 'asked.word']) // a word in several forms counts once
      .select(['held.memory_no', 'asked.word', sql<number>`max(held.session_no)`.as('session_no'),
        sql<number>`max(asked.share * held.weight)::float8`.as('weight'), sql<number>`max(${part})`.as('part')]))
    .with('chosen', (query) => query.selectFrom('hits').groupBy('memory_no')
      .select(['memory_no', sql<number>`max(session_no)`.as('session_no'), sql<number>`sum(part)`.as('score')])
      .orderBy('score', 'desc').orderBy('memory_no', 'desc').limit(limit))
    .with('session_words', (query) => query.selectFrom('hits').where('session_no', '<>', 0).groupBy(['session_no', 'word'])
      .select(['session_no', 'word', sql<number>`sum(weight)`.as('weight'), sql<number>`count(*) over (partition by word)`.as('holders')]))
    .with('sessions', (query) => query.selectFrom('session_words')
      .innerJoin(sql<{ sessions: number }>`(select count(distinct session_no) as sessions from session_words)`.as('counted'), (join) => join.onTrue())
      .where('session_no', 'in', (from) => from.selectFrom('chosen').select('session_no')).groupBy('session_no')
      .select(['session_no', sql<number>`sum((ln(1 + (counted.sessions - holders + 0.5) / (holders + 0.5))
        * weight * (${K1}::float8 + 1) / (weight + ${K1}::float8) / ${UNIT}::float8)::integer)`.as('score')]))
    .selectFrom('chosen')
    .leftJoin('sessions', 'sessions.session_no', 'chosen.session_no')
    .leftJoinLateral((from) => from.selectFrom((each) => each.selectFrom(flat(common)).innerJoin('memory_postings as held', 'held.term', 'asked.term')
      .where('held.user_id', '=', userId).whereRef('held.memory_no', '=', 'chosen.memory_no')
      .groupBy('asked.word').select(sql<number>`max(${part})`.as('part')).as('parts')
    ).select(sql<number>`coalesce(sum(part), 0)`.as('score')).as('more'), (join) => join.onTrue())
    .select([
      'chosen.memory_no',
      sql<number>`(chosen.score + coalesce(more.score, 0))::float8 * ${UNIT}::float8`.as('score'),
      sql<number>`coalesce(sessions.score, chosen.score)::float8 * ${UNIT}::float8`.as('session_score')
    ]).execute()
}

function isFiltered ({ tag_match: tagMatch, tags, ...others }: SearchFilter): boolean {
  return (tags !== undefined && tags.length > 0) || Object.values(others).some((value) => value !== undefined)
}

/** The filter as a condition on memories, for other searches of them; undefined when nothing is left out but what has expired. */
export function conditionOf (filter: SearchFilter): Condition | undefined {
  return isFiltered(filter) ? (row) => allowed(row, filter) : undefined
}
export type Condition = (row: ExpressionBuilder<Database, 'memories'>) => Expression<SqlBool>

/** Whether a memory is still there and in what is searched. */
function allowed ({ and, eb }: ExpressionBuilder<Database, 'memories'>, filter: SearchFilter) {
  const { agent_name: agentName, tags = [], type, from, until, min_importance: least } = filter
  const conditions = [sql<SqlBool>`(memories.expires_at is null or memories.expires_at > now())`]
  if (tags.length > 0) conditions.push(filter.tag_match === 'any' ? sql`memories.tags ?| ${tags}::text[]` : sql`memories.tags @> ${JSON.stringify(tags)}::jsonb`)
  return and([
    ...conditions,
    ...(agentName !== undefined ? [eb('memories.agent_name', '=', agentName)] : []),
    ...(type !== undefined ? [eb('memories.type', '=', type)] : []),
    ...(from ? [eb('memories.sequence_at', '>=', from)] : []),
    ...(until ? [eb('memories.sequence_at', '<', until)] : []),
    ...(least !== undefined ? [eb('memories.importance', '>=', least)] : [])
  ])
}

export interface Standing {
  memory_no: number
  importance: number
  /** Milliseconds since 1970. */
  updated_at: number
}

/** Two of one session, so many places apart: 1 or 2. */
export interface Neighbours { memory_no: number, neighbour: Standing, distance: number }

/** What else counts for the given memories of the user, and what stands next to those of a session, as far as it is searched. */
export async function findContext (db: Db, userId: string, numbers: readonly number[], filter: SearchFilter): Promise<{ standing: Standing[], neighbours: Neighbours[] }> {
  const rows = await db.selectFrom(sql<{ memory_no: number }>`unnest(${[...numbers]}::bigint[])`.as<'asked'>(sql`asked(memory_no)`))
    .innerJoin('memories as own', (join) => join.onRef('own.memory_no', '=', 'asked.memory_no').on('own.user_id', '=', userId))
    .innerJoinLateral((from) => {
      const side = (order: 'asc' | 'desc') => from.selectFrom('memories as other').where('other.user_id', '=', userId) // index memories_sequence
        .whereRef('other.session_id', '=', 'own.session_id')
        .where(sql<SqlBool>`(other.sequence_at, other.memory_no) ${sql.raw(order === 'asc' ? '>' : '<')} (own.sequence_at, own.memory_no)`)
        .orderBy('other.sequence_at', order).orderBy('other.memory_no', order).limit(2)
        .select(['other.memory_no', sql<number>`row_number() over (order by other.sequence_at ${sql.raw(order)}, other.memory_no ${sql.raw(order)})`.as('distance')])
      const itself = sql<{ memory_no: number, distance: number }>`(select own.memory_no, 0::bigint as distance)`.as('itself')
      return from.selectFrom(itself).selectAll().unionAll(from.selectFrom(side('desc').as('before')).selectAll())
        .unionAll(from.selectFrom(side('asc').as('after')).selectAll()).as('near')
    }, (join) => join.onTrue())
    .innerJoin('memories', (join) => join.onRef('memories.memory_no', '=', 'near.memory_no').on('memories.user_id', '=', userId))
    .where((row) => allowed(row as unknown as ExpressionBuilder<Database, 'memories'>, filter))
    .select(['own.memory_no as by', 'near.distance', 'memories.memory_no', 'memories.importance', sql<number>`(extract(epoch from memories.updated_at) * 1000)::float8`.as('updated_at')])
    .execute()
  const near = rows.map(({ by, distance, ...standing }) => ({ memory_no: by, neighbour: standing, distance }))
  return { standing: near.filter(({ distance }) => distance === 0).map(({ neighbour }) => neighbour), neighbours: near.filter(({ distance }) => distance > 0) }
}

/** The given memories in the given order, with the terms of the question that each has and the places of these in a long value. */
export async function readFound (db: Db, userId: string, numbers: readonly number[], { terms, valueLimit }: { terms: readonly string[], valueLimit: number }) {
  const asked = sql<{ memory_no: number, place: number }>`unnest(${[...numbers]}::bigint[]) with ordinality`
  return db.selectFrom(asked.as<'asked'>(sql`asked(memory_no, place)`))
    .innerJoin('memories', (join) => join.onRef('memories.memory_no', '=', 'asked.memory_no').on('memories.user_id', '=', userId))
    .select(['memories.memory_id', 'memories.memory_no', 'key', 'agent_name', 'tags', 'importance', 'type', 'session_id', 'speaker', 'occurred_at', 'created_at', 'updated_at'])
    .select((from) => [
      sql<string>`left(value, ${valueLimit})`.as('value'),
      sql<number>`length(value)`.as('value_length'),
      sql<Array<{ term: string, places: number[] | null }>>`(${from.selectFrom('memory_postings').where('user_id', '=', userId)
        .whereRef('memory_postings.memory_no', '=', 'memories.memory_no').where('term', '=', sql<string>`any(${[...terms]}::text[])`)
        .select(sql`coalesce(json_agg(json_build_object('term', term, 'places', places) order by term), '[]')`.as('found'))})`.as('found')
    ])
    .orderBy('asked.place').execute()
}

/** A part of a value, from a place on; places and lengths in characters. */
export async function readPassage (db: Db, userId: string, memoryId: string, { from, length }: { from: number, length: number }): Promise<string> {
  const row = await db.selectFrom('memories').where('user_id', '=', userId).where('memory_id', '=', memoryId)
    .select(sql<string>`substr(value, ${from + 1}::integer, ${length}::integer)`.as('passage')).executeTakeFirst()
  return row?.passage ?? ''
}

/** Terms of the user's that begin like this, as many as stand in the first entries of the index that do. */
export async function listTerms (db: Db, userId: string, beginning: string): Promise<string[]> {
  const rows = await db.selectFrom((from) => from.selectFrom('memory_postings').select('term').where('user_id', '=', userId)
    .where('term', '>=', beginning).where('term', '<', `${beginning}\u{10ffff}`).orderBy('term').limit(MOST_NEARBY).as('entries'))
    .select('term').distinct().orderBy('term').execute()
  return rows.map(({ term }) => term)
}
