import { sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'
import { isAmong } from '../connection/membership.ts'

/** Rows of one statement. */
const BATCH = 5000
/** Files with one term that are read: of a word that more files have, the rest cannot matter. */
const MAX_READ = 5000
/** Scores are summed as whole numbers of this part. */
const UNIT = 1000
/** A hit is the number of a piece, times this, plus what the term counts there. */
export const HIT_UNIT = 1024

export interface NewCodePosting {
  term: string
  file_no: number
  hits: readonly number[]
}

export async function insertCodePostings(
  trx: Trx,
  userId: string,
  projectNo: number,
  postings: readonly NewCodePosting[]
): Promise<void> {
  for (let at = 0; at < postings.length; at += BATCH) {
    const part = postings.slice(at, at + BATCH)
    const rows = sql<{
      term: string
      file_no: number
      hits: string
    }>`unnest(${part.map(({ term }) => term)}::text[], ${part.map(({ file_no: no }) => no)}::bigint[], ${part.map(({ hits }) => `{${hits.join()}}`)}::text[])`
    await trx
      .insertInto('code_postings')
      .columns(['user_id', 'project_no', 'term', 'file_no', 'hits'])
      .expression(
        trx
          .selectFrom(rows.as<'posting'>(sql`posting(term, file_no, hits)`))
          .select([
            sql<string>`${userId}::text`.as('user_id'),
            sql<number>`${projectNo}::bigint`.as('project_no'),
            'term',
            'file_no',
            sql<string>`hits::integer[]`.as('hits')
          ])
      )
      .execute()
  }
}

/** How many files of the project have each term, of those that any has. */
export async function countCodeTerms(
  db: Db,
  userId: string,
  projectNo: number,
  terms: readonly string[]
): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('code_postings')
    .where('user_id', '=', userId)
    .where('project_no', '=', projectNo)
    .where('term', '=', sql<string>`any(${[...terms]}::text[])`)
    .groupBy('term')
    .select(({ fn }) => ['term', fn.countAll<number>().as('files')])
    .execute()
  return new Map(rows.map(({ term, files }) => [term, files]))
}

export interface CodeHit {
  file_no: number
  piece_no: number
  score: number
}

interface CodeScoring {
  terms: ReadonlyArray<{ term: string; score: number }>
  /** A regular expression for the whole path. */
  pattern?: string | undefined
  limit: number
}

/**
 * The best pieces by the sum of what their terms count, each times the term's score, and of what
 * their file's path counts; of a file that only the path finds, its first piece. Sums are of whole
 * numbers, so that every database gives the same. Each path is matched once, and nothing is joined
 * but by an index: the time does not depend on what the planner knows.
 */
export async function scoreCodePieces(
  db: Db,
  userId: string,
  projectNo: number,
  { terms, pattern, limit }: CodeScoring
): Promise<CodeHit[]> {
  const scores = terms.map(({ score }) => Math.round(score * UNIT))
  const { rows } = await sql<CodeHit>`
    with searched as materialized (
      select file_no from code_files where user_id = ${userId} and project_no = ${projectNo}
        and ${pattern === undefined ? sql`false` : sql`path ~ ${pattern}`}),
    pieces as materialized (
      select held.file_no, hit / ${HIT_UNIT}::integer as piece_no,
        sum(query.score * (hit % ${HIT_UNIT}::integer)) as score
      from unnest(${terms.map(({ term }) => term)}::text[], ${scores}::bigint[]) as query(term, score)
      cross join lateral (
        select file_no, hits from code_postings -- index code_postings_pkey
        where user_id = ${userId} and project_no = ${projectNo} and term = query.term
          and ${pattern === undefined ? sql`true` : isAmong('file_no', sql`select file_no from searched`)}
        order by file_no limit ${MAX_READ}) as held
      cross join lateral unnest(held.hits) as hit
      group by held.file_no, piece_no),
    with_path as (
      select file_no, piece_no, score, coalesce(max(score) filter (where piece_no = 0)
        over (partition by file_no), 0) as path_score
      from pieces)
    select file_no, greatest(piece_no, 1) as piece_no,
      max(score + case when piece_no > 0 then path_score else 0 end)::float8 / ${UNIT}::float8 as score
    from with_path group by file_no, greatest(piece_no, 1)
    order by score desc, file_no, piece_no limit ${limit}`.execute(db)
  return rows
}
