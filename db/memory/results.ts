import { type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { matchesFilter, type SearchFilter } from './filter.ts'
import type { Database } from '../schema/index.ts'

export interface RankingFacts {
  memory_no: number
  importance: number
  /** Milliseconds since 1970. */
  updated_at: number
}

/** Two of one session, so many places apart: 1 or 2. */
export interface SessionNeighbour {
  memory_no: number
  neighbour: RankingFacts
  distance: number
}

/**
 * What else counts for the given memories of the user, and what stands next to those of a session,
 * as far as it is searched.
 */
export async function findRankingContext(
  db: Db,
  userId: string,
  numbers: readonly number[],
  filter: SearchFilter
): Promise<{ standing: RankingFacts[]; neighbours: SessionNeighbour[] }> {
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

interface NeighbourRow extends RankingFacts {
  distance: number
  searched: boolean
}

function standingOf(row: ExpressionBuilder<Database, 'memories'>, filter: SearchFilter) {
  return [
    row.ref('memories.importance').as('importance'),
    sql<number>`(extract(epoch from memories.updated_at) * 1000)::float8`.as('updated_at'),
    matchesFilter(row, filter).as('searched')
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
export async function listSearchResults(
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
    .selectFrom(
      sql<{ term: string }>`unnest(${[...new Set(terms)]}::text[])`.as<'query'>(sql`query(term)`)
    )
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
export async function findPassage(
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
