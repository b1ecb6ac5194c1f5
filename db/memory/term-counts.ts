import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { prepareStatement, type Slots } from '../connection/prepared.ts'
import { termRows } from './terms.ts'

/** Counting the memories of a term ends here. */
const MAX_COUNTED_ROWS = 50_000
/** With more memories than this, a sample tells how many have a frequent term. */
const MAX_EXACT_MEMORIES = 20_000
/** The sample: about so many memories, in parts spread over all of them. */
const SAMPLE_SIZE = 2000
const SAMPLE_PARTS = 16
/** A sample with fewer or more memories is not spread over all of them, and is not used. */
const SAMPLE_LIMITS = { min: SAMPLE_SIZE / 2, max: SAMPLE_SIZE * 2 }
/** A term with fewer memories in the sample is counted exactly. */
const MIN_SAMPLED = 100

/**
 * Counts the user's memories with each term, up to a limit. Of many memories (`memoryCount`), those
 * with a frequent term are estimated from a sample. Leaves out terms without memories.
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
  const share = SAMPLE_SIZE / memoryCount
  const sample = await selectSampleCounts(db, { user_id: userId, terms, share })
  return new Map(
    sample
      .filter(
        ({ with_term: withTerm, memories }) =>
          withTerm >= MIN_SAMPLED && memories >= SAMPLE_LIMITS.min && memories <= SAMPLE_LIMITS.max
      )
      .map(({ term, with_term: withTerm, memories }) => [
        term,
        Math.round((withTerm / memories) * memoryCount)
      ])
  )
}

type SampleSlots = Slots<{ user_id: string; terms: readonly string[]; share: number }>

interface SampleCount {
  term: string
  /** Memories of the sample that have the term, and all of them. */
  with_term: number
  memories: number
}

/**
 * Counts the sample, and its memories with each stored term. The user's memory numbers are cut into
 * parts of the same width; the sample is the beginning of each.
 */
const selectSampleCounts = prepareStatement('sample_terms', (db, slots: SampleSlots) => ({
  compile: () =>
    sql<SampleCount>`
      with part as materialized (
        select first_no + width * at as begin_no,
          ceil(width * ${slots.share}::float8)::bigint as taken
        from (select min(memory_no) as first_no, -- both by the index memories_no
            (max(memory_no) - min(memory_no)) / ${sql.lit(SAMPLE_PARTS)} + 1 as width
          from ${sql.table('memories')} as memories where user_id = ${slots.user_id}) as range
        cross join generate_series(0, ${sql.lit(SAMPLE_PARTS - 1)}) as series(at)),
      sample as materialized (select (${sampleCount(slots, 'memories')}) as memories)
      select query.term, (${sampleCount(slots, 'memory_postings', sql`and term = query.term`)})
        as with_term, memories
      from unnest(${slots.terms}::text[]) as query(term) cross join sample
      where (select memory_no from ${sql.table('memory_postings')} as stored
        where user_id = ${slots.user_id} and term = query.term limit 1) is not null`.compile(db)
}))

function sampleCount(
  { user_id: userId }: SampleSlots,
  table: 'memories' | 'memory_postings',
  condition = sql``
) {
  return sql`select count(*) from part cross join lateral (
    select memory_no from ${sql.table(table)} as rows
    where user_id = ${userId} ${condition}
      and memory_no >= part.begin_no and memory_no < part.begin_no + part.taken
    limit ${sql.lit(SAMPLE_LIMITS.max + 1)}) as taken`
}

type TermSlots = Slots<{ user_id: string; terms: readonly string[] }>

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
