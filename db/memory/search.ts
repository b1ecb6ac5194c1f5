import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { prepareStatement, type Slots } from '../connection/prepared.ts'
import { termRows } from './terms.ts'

/**
 * Returns the number of the user's memories and the sum of their lengths. `found` are the terms
 * that any memory has.
 */
export async function findSearchTotals(
  db: Db,
  userId: string,
  terms: readonly string[]
): Promise<{ memories: number; length: number; found: string[] }> {
  const [totals] = await selectTotals(db, { user_id: userId, terms })
  return totals!
}

type TermSlots = Slots<{ user_id: string; terms: readonly string[] }>

const selectTotals = prepareStatement('find_search_totals', (db, slots: TermSlots) =>
  db
    .selectFrom('memory_totals')
    .where('user_id', '=', slots.user_id)
    .select((from) => [
      sql<number>`coalesce(sum(memories), 0)`.as('memories'),
      sql<number>`coalesce(sum(length), 0)`.as('length'),
      sql<string[]>`array(${from
        .selectFrom(termRows(slots.terms))
        .select('query.term')
        .where(
          ({ selectFrom }) =>
            // A subquery as a value, not `exists`: the planner then looks each term up by itself.
            selectFrom('memory_postings')
              .select('memory_no')
              .where('user_id', '=', slots.user_id)
              .whereRef('memory_postings.term', '=', 'query.term')
              .limit(1),
          'is not',
          null
        )})`.as('found')
    ])
)
