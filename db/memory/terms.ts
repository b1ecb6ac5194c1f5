import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../connection/connect.ts'

/** Index entries that are read for each beginning. */
const MAX_ENTRIES = 2000
/** Different terms that are listed for one beginning. */
const MAX_TERMS = 3000

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

/**
 * Lists the first of the user's terms with this beginning. Each step looks up the next term, so
 * that the cost does not grow with the memories that have a term (a loose index scan).
 */
export async function listTerms(db: Db, userId: string, beginning: string): Promise<string[]> {
  const nextTerm = (after: RawBuilder<unknown>) => sql`(select term
    from ${sql.table('memory_postings')} as memory_postings
    where user_id = ${userId} and term ${after} and term < ${`${beginning}\u{10ffff}`}
    order by term limit 1)`
  const { rows } = await sql<{ term: string }>`
    with recursive listed(term) as (
      select ${nextTerm(sql`>= ${beginning}`)}
      union all
      select ${nextTerm(sql`> listed.term`)} from listed where listed.term is not null)
    select term from listed where term is not null limit ${MAX_TERMS}`.execute(db)
  return rows.map(({ term }) => term)
}

/** The terms as rows `query`. */
export function termRows(terms: RawBuilder<readonly string[]>) {
  return sql<{ term: string }>`unnest(${terms}::text[])`.as<'query'>(sql`query(term)`)
}
