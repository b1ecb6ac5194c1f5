import { sql } from 'kysely'
import type { Trx } from '../connection/connect.ts'

interface Postings {
  terms: ReadonlyMap<string, { weight: number; places?: number[] }>
  length: number
  session_no: number
}

/**
 * Puts the search terms of a memory in place of its former ones. The caller holds the memory's row,
 * by having written it in the same transaction.
 */
export async function replacePostings(
  trx: Trx,
  userId: string,
  memoryId: string,
  { terms, length, session_no: sessionNo }: Postings
): Promise<void> {
  const memory = trx
    .selectFrom('memories')
    .where('memories.user_id', '=', userId)
    .where('memory_id', '=', memoryId)
  await trx
    .deleteFrom('memory_postings')
    .where('user_id', '=', userId)
    .where('memory_no', '=', memory.select('memory_no'))
    .execute()
  if (terms.size === 0) return
  const all = [...terms.values()]
  const places = all.map(({ places }) => (places ? `{${places.join()}}` : null))
  const rows = sql<{
    term: string
    weight: number
    places: string | null
  }>`unnest(${[...terms.keys()]}::text[], ${all.map(({ weight }) => weight)}::real[], ${places}::text[])`
  await trx
    .insertInto('memory_postings')
    .columns(['user_id', 'memory_no', 'term', 'weight', 'length', 'session_no', 'places'])
    .expression(
      memory
        .innerJoin(rows.as<'posting'>(sql`posting(term, weight, places)`), (join) => join.onTrue())
        .select(['memories.user_id', 'memory_no', 'posting.term', 'posting.weight'])
        .select([
          sql<number>`${length}::real`.as('length'),
          sql<number>`${sessionNo}::integer`.as('session_no'),
          sql<number[] | null>`posting.places::integer[]`.as('places')
        ])
    )
    .execute()
}
