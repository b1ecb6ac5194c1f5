import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { prepareStatement, type Slots } from '../connection/prepared.ts'

/** Counting the memories of a term ends here. */
const MAX_COUNTED_ROWS = 50_000
/** Index entries that are read for words nearly like the query's word. */
const MAX_NEARBY_ENTRIES = 50_000

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

/** Counts the user's memories with each term, up to a limit. Leaves out terms without memories. */
export async function countTerms(
  db: Db,
  userId: string,
  terms: readonly string[]
): Promise<Map<string, number>> {
  const termCounts = await selectTermCounts(db, { user_id: userId, terms })
  return new Map(
    termCounts
      .filter((row) => row.document_frequency > 0)
      .map((row) => [row.term, row.document_frequency])
  )
}

const selectTermCounts = prepareStatement('count_terms', (db, slots: TermSlots) =>
  db
    .selectFrom(termRows(slots.terms))
    .select((from) => [
      'query.term',
      sql<number>`(select count(*) from (${from
        .selectFrom('memory_postings')
        .select('memory_no')
        .where('user_id', '=', slots.user_id)
        .whereRef('memory_postings.term', '=', 'query.term')
        .limit(sql.lit(MAX_COUNTED_ROWS))}) as postings)`.as('document_frequency')
    ])
)

/** Lists the user's terms with this beginning, among the first index entries with it. */
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
        .limit(MAX_NEARBY_ENTRIES)
        .as('entries')
    )
    .select('term')
    .distinct()
    .orderBy('term')
    .execute()
  return rows.map(({ term }) => term)
}

/** The terms as rows `query`. */
export function termRows(terms: RawBuilder<readonly string[]>) {
  return sql<{ term: string }>`unnest(${terms}::text[])`.as<'query'>(sql`query(term)`)
}
