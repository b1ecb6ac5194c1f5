import { sql } from 'kysely'
import type { Trx } from './connect.ts'

/** Puts the search terms of a memory in place of its former ones. The caller holds the memory's row, by having written it in the same transaction. */
export async function replacePostings (trx: Trx, userId: string, memoryId: string, postings: ReadonlyMap<string, number>): Promise<void> {
  await trx.deleteFrom('memory_postings').where('user_id', '=', userId).where('memory_id', '=', memoryId).execute()
  if (postings.size === 0) return
  const rows = sql<{ term: string, weight: number }>`unnest(${[...postings.keys()]}::text[], ${[...postings.values()]}::real[])`
  await trx.insertInto('memory_postings').columns(['user_id', 'memory_id', 'term', 'weight'])
    .expression((query) => query.selectFrom(rows.as<'posting'>(sql`posting(term, weight)`))
      .select([sql<string>`${userId}::text`.as('user_id'), sql<string>`${memoryId}::text`.as('memory_id'), 'posting.term', 'posting.weight']))
    .execute()
}
