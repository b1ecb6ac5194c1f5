import { sql } from 'kysely'
import type { Trx } from '../connection/connect.ts'

interface NewPostings {
  terms: ReadonlyMap<string, { weight: number; places?: number[] }>
  length: number
  session_no: number
}

/**
 * Replaces the search terms of a memory. The caller writes the memory's row in the same transaction
 * before, and so holds its lock.
 */
export async function replacePostings(
  trx: Trx,
  userId: string,
  memoryId: string,
  { terms, length, session_no: sessionNo }: NewPostings
): Promise<void> {
  const memoryQuery = trx
    .selectFrom('memories')
    .where('memories.user_id', '=', userId)
    .where('memory_id', '=', memoryId)
  await trx
    .deleteFrom('memory_postings')
    .where('user_id', '=', userId)
    .where('memory_no', '=', memoryQuery.select('memory_no'))
    .execute()
  if (terms.size === 0) return
  await trx
    .insertInto('memory_postings')
    .columns(['user_id', 'memory_no', 'term', 'weight', 'length', 'session_no', 'places'])
    .expression(
      memoryQuery
        .innerJoin(termRows(terms).as<'posting'>(sql`posting(term, weight, places)`), (join) =>
          join.onTrue()
        )
        .select(['memories.user_id', 'memory_no', 'posting.term', 'posting.weight'])
        .select([
          sql<number>`${length}::real`.as('length'),
          sql<number>`${sessionNo}::integer`.as('session_no'),
          sql<number[] | null>`posting.places::integer[]`.as('places')
        ])
    )
    .execute()
}

/** One row for each term. `places` is an array as text, because unnest flattens nested arrays. */
function termRows(terms: NewPostings['terms']) {
  const weights = [...terms.values()].map((term) => term.weight)
  const placeArrays = [...terms.values()].map((term) =>
    term.places ? `{${term.places.join()}}` : null
  )
  return sql<{ term: string; weight: number; places: string | null }>`unnest(
    ${[...terms.keys()]}::text[], ${weights}::real[], ${placeArrays}::text[])`
}
