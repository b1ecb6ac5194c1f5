import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'

/** Index entries that are read for each beginning. */
const MAX_ENTRIES = 2000

/**
 * A term of the user's memories with the beginning that selected it. `document_frequency` is a
 * lower limit of the memories with the term.
 */
export interface TermMatch {
  beginning: string
  term: string
  document_frequency: number
}

/**
 * Lists the terms in the user's memories with one of these beginnings, among the first index
 * entries of each beginning (index memory_postings_pkey).
 */
export async function listTermsLike(
  db: Db,
  userId: string,
  beginnings: readonly string[]
): Promise<TermMatch[]> {
  return db
    .selectFrom(
      sql<{ beginning: string }>`unnest(${[...beginnings]}::text[])`.as<'query'>(
        sql`query(beginning)`
      )
    )
    .innerJoinLateral(
      (from) =>
        from
          .selectFrom((entries) =>
            entries
              .selectFrom('memory_postings')
              .select('term')
              .where('user_id', '=', userId)
              .where('term', '>=', sql<string>`query.beginning`)
              .where('term', '<', sql<string>`query.beginning || ${'\u{10ffff}'}::text`)
              .orderBy('term')
              .limit(MAX_ENTRIES)
              .as('entries')
          )
          .groupBy('term')
          .select(['term', sql<number>`count(*)`.as('document_frequency')])
          .as('listed'),
      (join) => join.onTrue()
    )
    .select(['query.beginning', 'listed.term', 'listed.document_frequency'])
    .execute()
}
