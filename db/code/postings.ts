import { sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'
import { isAmong } from '../connection/membership.ts'

/** Rows of one insert. */
const BATCH_SIZE = 5000
/** Files to read of one term. A term in more files is too common to decide the order. */
const MAX_READ_FILES = 5000
/** Scores are summed as whole numbers of this fraction, so that every order gives the same sum. */
const SCORE_UNIT = 1000
/** A hit is a piece's number times this unit, plus the weight of the term in that piece. */
export const HIT_UNIT = 1024

export interface NewCodePosting {
  term: string
  file_no: number
  hits: readonly number[]
}

/** Inserts the postings; their files come first. */
export async function insertCodePostings(
  trx: Trx,
  userId: string,
  projectNo: number,
  postings: readonly NewCodePosting[]
): Promise<void> {
  for (let start = 0; start < postings.length; start += BATCH_SIZE) {
    const newRows = postingRows(postings.slice(start, start + BATCH_SIZE))
    await trx
      .insertInto('code_postings')
      .columns(['user_id', 'project_no', 'term', 'file_no', 'hits'])
      .expression(
        trx
          .selectFrom(newRows.as<'posting'>(sql`posting(term, file_no, hits)`))
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

/** The postings as rows. `hits` is an array as text, because unnest flattens nested arrays. */
function postingRows(postings: readonly NewCodePosting[]) {
  const hitArrays = postings.map(({ hits }) => `{${hits.join()}}`)
  return sql<{ term: string; file_no: number; hits: string }>`unnest(
    ${postings.map(({ term }) => term)}::text[],
    ${postings.map((posting) => posting.file_no)}::bigint[], ${hitArrays}::text[])`
}

/** Counts the files of the project with each term. Leaves out terms without files. */
export async function countCodeTerms(
  db: Db,
  userId: string,
  projectNo: number,
  terms: readonly string[]
): Promise<Map<string, number>> {
  const termCounts = await db
    .selectFrom(sql<{ term: string }>`unnest(${[...terms]}::text[])`.as<'query'>(sql`query(term)`))
    .select((from) => [
      'query.term',
      // A subquery as a value: the planner then looks each term up by itself.
      from
        .selectFrom('code_postings')
        .where('user_id', '=', userId)
        .where('project_no', '=', projectNo)
        .whereRef('code_postings.term', '=', 'query.term')
        .select(({ fn }) => fn.countAll<number>().as('files'))
        .as('files')
    ])
    .execute()
  return new Map(termCounts.flatMap(({ term, files }) => (files ? [[term, files] as const] : [])))
}

export interface CodeHit {
  file_no: number
  piece_no: number
  score: number
}

interface CodeScoring {
  terms: ReadonlyArray<{ term: string; score: number }>
  /** A regular expression for the whole path. Without one, all files are searched. */
  pattern?: string | undefined
  limit: number
}

/**
 * Returns the best pieces. A piece's score is the sum of its terms' weights, each times the term's
 * score, plus the score of its file's path. A file whose path alone matches counts with its first
 * piece. The query matches each path once and joins by indexes only, so that its plan needs no
 * statistics.
 */
export async function scoreCodePieces(
  db: Db,
  userId: string,
  projectNo: number,
  { terms, pattern, limit }: CodeScoring
): Promise<CodeHit[]> {
  const wholeScores = terms.map(({ score }) => Math.round(score * SCORE_UNIT))
  const isPathMatch = pattern === undefined ? sql`false` : sql`path ~ ${pattern}`
  const isSearched =
    pattern === undefined ? sql`true` : isAmong('file_no', sql`select file_no from searched`)
  const { rows } = await sql<CodeHit>`
    with searched as materialized (
      select file_no from code_files where user_id = ${userId} and project_no = ${projectNo}
        and ${isPathMatch}),
    pieces as materialized (
      select held.file_no, hit / ${HIT_UNIT}::integer as piece_no,
        sum(query.score * (hit % ${HIT_UNIT}::integer)) as score
      from unnest(${terms.map(({ term }) => term)}::text[], ${wholeScores}::bigint[])
        as query(term, score)
      cross join lateral (
        select file_no, hits from code_postings -- index code_postings_pkey
        where user_id = ${userId} and project_no = ${projectNo} and term = query.term
          and ${isSearched}
        order by file_no limit ${MAX_READ_FILES}) as held
      cross join lateral unnest(held.hits) as hit
      group by held.file_no, piece_no),
    with_path as (
      select file_no, piece_no, score, coalesce(max(score) filter (where piece_no = 0)
        over (partition by file_no), 0) as path_score
      from pieces)
    select file_no, greatest(piece_no, 1) as piece_no,
      max(score + case when piece_no > 0 then path_score else 0 end)::float8
        / ${SCORE_UNIT}::float8 as score
    from with_path group by file_no, greatest(piece_no, 1)
    order by score desc, file_no, piece_no limit ${limit}`.execute(db)
  return rows
}
