import { type ExpressionBuilder, type RawBuilder, sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { prepareStatement, type Slots } from '../connection/prepared.ts'
import type { Database } from '../schema/index.ts'

/** Counting the memories of a term ends here. */
const MAX_COUNTED_ROWS = 50_000
/** With more memories than this, a sample tells how many have a frequent term. */
const MAX_EXACT_MEMORIES = 20_000
/** The sample: so many memories, in parts spread over all of them. */
const SAMPLE_SIZE = 5000
const SAMPLE_PARTS = 16
/** A term with fewer memories in the sample is counted exactly. */
const MIN_SAMPLED = 200
/** Different terms that are compared with a misspelt word. */
const MAX_NEARBY_TERMS = 3000

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
        .where((from) => isStored(from, slots.user_id), 'is not', null)})`.as('found')
    ])
)

/**
 * Counts the user's memories with each term, up to a limit. Of many memories (`memoryCount`), those
 * with a frequent term are estimated. Leaves out terms without memories.
 */
export async function countTerms(
  db: Db,
  userId: string,
  terms: readonly string[],
  memoryCount: number
): Promise<Map<string, number>> {
  const estimates =
    memoryCount > MAX_EXACT_MEMORIES
      ? await estimateFrequentTerms(db, userId, terms, memoryCount)
      : new Map<string, number>()
  const exactTerms = terms.filter((term) => !estimates.has(term))
  const termCounts =
    exactTerms.length > 0 ? await selectTermCounts(db, { user_id: userId, terms: exactTerms }) : []
  return new Map([
    ...estimates,
    ...termCounts
      .filter((row) => row.document_frequency > 0)
      .map((row): [string, number] => [row.term, row.document_frequency])
  ])
}

async function estimateFrequentTerms(
  db: Db,
  userId: string,
  terms: readonly string[],
  memoryCount: number
): Promise<Map<string, number>> {
  const sampleShare = SAMPLE_SIZE / memoryCount
  const sampled = await selectSampledCounts(db, { user_id: userId, terms, share: sampleShare })
  return new Map(
    sampled
      .filter(({ sampled_count: count }) => count >= MIN_SAMPLED)
      .map(({ term, sampled_count: count }) => [
        term,
        Math.min(memoryCount, Math.round(count / sampleShare))
      ])
  )
}

/**
 * Counts the memories with each term in the beginning of each part of the user's memories. The
 * parts are ranges of memory numbers of the same width.
 */
const selectSampledCounts = prepareStatement(
  'sample_terms',
  (db, slots: Slots<{ user_id: string; terms: readonly string[]; share: number }>) =>
    db
      .with(
        (cte) => cte('part').materialized(),
        (from) =>
          from
            .selectFrom(
              from
                .selectFrom('memories')
                .where('user_id', '=', slots.user_id)
                .select(({ fn }) => [
                  fn.min('memory_no').as('first_no'), // by the index memories_no, as the next
                  fn.max('memory_no').as('last_no')
                ])
                .as('range')
            )
            .crossJoin(
              sql<{ at: number }>`generate_series(0, ${sql.lit(SAMPLE_PARTS - 1)})`.as<'series'>(
                sql`series(at)`
              )
            )
            .select([
              sql<number>`first_no + (last_no - first_no + 1) * at / ${sql.lit(SAMPLE_PARTS)}`.as(
                'begin_no'
              ),
              sql<number>`(last_no - first_no + 1) * ${slots.share}::float8
                / ${sql.lit(SAMPLE_PARTS)}`.as('width')
            ])
      )
      .selectFrom(termRows(slots.terms))
      .where((from) => isStored(from, slots.user_id), 'is not', null)
      .select((from) => [
        'query.term',
        sql<number>`(select count(*) from part cross join lateral (${from
          .selectFrom('memory_postings')
          .select('memory_no')
          .where('user_id', '=', slots.user_id)
          .whereRef('memory_postings.term', '=', 'query.term')
          .where('memory_no', '>=', sql<number>`part.begin_no`)
          .where('memory_no', '<', sql<number>`part.begin_no + ceil(part.width)::bigint`)
          .limit(sql.lit(SAMPLE_SIZE))}) as held)`.as('sampled_count')
      ])
)

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
    select term from listed where term is not null limit ${MAX_NEARBY_TERMS}`.execute(db)
  return rows.map(({ term }) => term)
}

/**
 * Not null if a memory of the user has the term of `query`. A subquery as a value, not `exists`:
 * the planner then looks each term up by itself.
 */
function isStored(
  { selectFrom }: ExpressionBuilder<Database & { query: { term: string } }, 'query'>,
  userId: RawBuilder<string>
) {
  return selectFrom('memory_postings')
    .select('memory_no')
    .where('user_id', '=', userId)
    .whereRef('memory_postings.term', '=', 'query.term')
    .limit(1)
}

/** The terms as rows `query`. */
export function termRows(terms: RawBuilder<readonly string[]>) {
  return sql<{ term: string }>`unnest(${terms}::text[])`.as<'query'>(sql`query(term)`)
}
