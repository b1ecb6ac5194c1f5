import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'

/** Entries of the index that are looked through for each beginning. */
const MAX_ENTRIES = 2000

/**
 * A term of the user's with the beginning that it was looked for by, and how many of their memories
 * have it at least.
 */
export interface TermMatch {
  beginning: string
  term: string
  document_frequency: number
}

/**
 * The terms in a person's memories that begin in one of these ways, as far as the first entries of
 * each go (index memory_postings_pkey).
 */
export async function listTermsLike(
  db: Db,
  userId: string,
  beginnings: readonly string[]
): Promise<TermMatch[]> {
  return db
    .selectFrom(
      sql<{ beginning: string }>`unnest(${[...beginnings]}::text[])`.as<'asked'>(
        sql`asked(beginning)`
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
              .where('term', '>=', sql<string>`asked.beginning`)
              .where('term', '<', sql<string>`asked.beginning || ${'\u{10ffff}'}::text`)
              .orderBy('term')
              .limit(MAX_ENTRIES)
              .as('entries')
          )
          .groupBy('term')
          .select(['term', sql<number>`count(*)`.as('document_frequency')])
          .as('listed'),
      (join) => join.onTrue()
    )
    .select(['asked.beginning', 'listed.term', 'listed.document_frequency'])
    .execute()
}
