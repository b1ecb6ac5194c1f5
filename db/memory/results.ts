import { type ExpressionBuilder, type RawBuilder, type SqlBool, sql } from 'kysely'
import { summaryColumns, valueBeginning } from './columns.ts'
import type { Db } from '../connection/connect.ts'
import { prepareStatement, type Slots, valueSlots } from '../connection/prepared.ts'
import { isFiltered, matchesFilter, type SearchFilter } from './filter.ts'
import { termRows } from './terms.ts'
import type { Database } from '../schema/index.ts'

/** What counts for the rank of a memory besides its words and its meaning. */
export interface RankingFacts {
  memory_no: number
  importance: number
  /** Milliseconds since 1970. */
  updated_at: number
}

/** A memory and another one of its session, 1 or 2 places apart. */
export interface SessionNeighbour {
  memory_no: number
  neighbour: RankingFacts
  distance: number
}

/**
 * Returns the ranking facts of the user's memories, and of the two memories before and after each
 * of them in its session. Memories that the filter excludes are left out.
 */
export async function findRankingContext(
  db: Db,
  userId: string,
  numbers: readonly number[],
  filter: SearchFilter
): Promise<{ standing: RankingFacts[]; neighbours: SessionNeighbour[] }> {
  const values = { user_id: userId, numbers }
  const rows = isFiltered(filter)
    ? await selectContext(db, valueSlots(values), filter).execute()
    : await findUnfilteredContext(db, values)
  const nearMemories = rows.map(({ centre, distance, ...neighbour }) => ({
    memory_no: centre,
    neighbour,
    distance
  }))
  return {
    standing: nearMemories
      .filter(({ distance }) => distance === 0)
      .map(({ neighbour }) => neighbour),
    neighbours: nearMemories.filter(({ distance }) => distance > 0)
  }
}

type NumberSlots = Slots<{ user_id: string; numbers: readonly number[] }>

const findUnfilteredContext = prepareStatement('find_ranking_context', (db, slots: NumberSlots) =>
  selectContext(db, slots, {})
)

function selectContext(db: Db, { user_id: userId, numbers }: NumberSlots, filter: SearchFilter) {
  return db
    .selectFrom(numberRows(numbers))
    .innerJoinLateral(
      (from) =>
        from
          .selectFrom('memories')
          .where('user_id', '=', userId)
          .whereRef('memories.memory_no', '=', 'query.memory_no') // index memories_no
          .select(['memory_no', 'session_id', 'sequence_at', sql<number>`0`.as('distance')])
          .select((row) => factColumns(row, filter))
          .limit(1)
          .as('centre'),
      (join) => join.onTrue()
    )
    .innerJoinLateral(
      () => centreWithNeighbours(db, userId, filter),
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
}

interface NeighbourRow extends RankingFacts {
  distance: number
  searched: boolean
}

function factColumns(row: ExpressionBuilder<Database, 'memories'>, filter: SearchFilter) {
  return [
    row.ref('memories.importance').as('importance'),
    sql<number>`(extract(epoch from memories.updated_at) * 1000)::float8`.as('updated_at'),
    matchesFilter(row, filter).as('searched')
  ] as const
}

/** The row `centre` of the outer query with its neighbours, as rows `near`. */
function centreWithNeighbours(db: Db, userId: RawBuilder<string>, filter: SearchFilter) {
  return sql<NeighbourRow>`(
    select centre.memory_no, 0 as distance, centre.importance, centre.updated_at, centre.searched
    union all (${neighboursOfCentre(db, userId, filter, 'desc')})
    union all (${neighboursOfCentre(db, userId, filter, 'asc')}))`.as<'near'>(sql`near`)
}

/** The next two of the session before ('desc') or after `centre` (index memories_sequence). */
function neighboursOfCentre(
  db: Db,
  userId: RawBuilder<string>,
  filter: SearchFilter,
  order: 'asc' | 'desc'
) {
  const sqlOrder = sql.raw(order)
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
      order by memories.sequence_at ${sqlOrder}, memories.memory_no ${sqlOrder})`.as('distance')
    ])
    .select((row) => factColumns(row, filter))
}

/** The memories' numbers as rows `query`, with their places from 1. */
function numberRows(numbers: RawBuilder<readonly number[]>) {
  return sql<{ memory_no: number; place: number }>`unnest(${numbers}::bigint[])
    with ordinality`.as<'query'>(sql`query(memory_no, place)`)
}

/**
 * Lists the memories in the given order. `found` are the query's terms that a memory has, and their
 * places in a long value.
 */
export async function listSearchResults(
  db: Db,
  userId: string,
  numbers: readonly number[],
  { terms, valueLimit }: { terms: readonly string[]; valueLimit: number }
) {
  const memories = await listResultMemories(db, {
    user_id: userId,
    numbers,
    value_limit: valueLimit
  })
  const postings = await listResultPostings(db, {
    user_id: userId,
    numbers,
    terms: [...new Set(terms)]
  })
  return memories.map((memory) => ({
    ...memory,
    found: postings
      .filter((posting) => posting.memory_no === memory.memory_no)
      .map(({ term, places }) => ({ term, places }))
      .sort((a, b) => (a.term < b.term ? -1 : 1))
  }))
}

const listResultMemories = prepareStatement(
  'list_search_results',
  (db, slots: Slots<{ user_id: string; numbers: readonly number[]; value_limit: number }>) =>
    db
      .selectFrom(numberRows(slots.numbers))
      .innerJoinLateral(
        (from) =>
          from
            .selectFrom('memories')
            .where('user_id', '=', slots.user_id)
            .whereRef('memories.memory_no', '=', 'query.memory_no') // index memories_no
            .select([
              ...summaryColumns,
              'memory_no',
              'importance',
              'session_id',
              'speaker',
              'occurred_at',
              'created_at',
              'updated_at'
            ])
            .select(valueBeginning(slots.value_limit))
            .limit(1)
            .as('memory'),
        (join) => join.onTrue()
      )
      .selectAll('memory')
      .orderBy('query.place')
)

const listResultPostings = prepareStatement(
  'list_result_postings',
  (db, slots: Slots<{ user_id: string; numbers: readonly number[]; terms: readonly string[] }>) =>
    db
      .selectFrom(termRows(slots.terms))
      .innerJoinLateral(
        (from) =>
          from
            .selectFrom('memory_postings')
            .where('user_id', '=', slots.user_id)
            .whereRef('memory_postings.term', '=', 'query.term') // index memory_postings_pkey
            .where('memory_no', '=', sql<number>`any(${slots.numbers}::bigint[])`)
            .select(['memory_no', 'places'])
            .as('held'),
        (join) => join.onTrue()
      )
      .select(['query.term', 'held.memory_no', 'held.places'])
)

/** Returns a part of a value. `from` and `length` are in characters; a missing part is empty. */
export async function findPassage(
  db: Db,
  userId: string,
  memoryId: string,
  { from, length }: { from: number; length: number }
): Promise<string> {
  const memory = await db
    .selectFrom('memories')
    .where('user_id', '=', userId)
    .where('memory_id', '=', memoryId)
    .select(sql<string>`substr(value, ${from + 1}::integer, ${length}::integer)`.as('passage'))
    .executeTakeFirst()
  return memory?.passage ?? ''
}
