import { sql } from 'kysely'
import type { Db, Trx } from './connect.ts'

/** Rows of one statement. */
const BATCH = 5000
/** Files with one term that are read: of a word that more files have, the rest cannot matter. */
const MOST_READ = 5000
/** Scores are summed as whole numbers of this part. */
const UNIT = 1000
/** A hit is the number of a piece, times this, plus what the term counts there. */
export const HIT_UNIT = 1024

export interface NewCodePosting { term: string, file_no: number, hits: readonly number[] }

export async function insertCodePostings (trx: Trx, userId: string, projectNo: number, postings: readonly NewCodePosting[]): Promise<void> {
  for (let at = 0; at < postings.length; at += BATCH) {
    const part = postings.slice(at, at + BATCH)
    const rows = sql<{ term: string, file_no: number, hits: string }>`unnest(${part.map(({ term }) => term)}::text[], ${part.map(({ file_no: no }) => no)}::bigint[], ${part.map(({ hits }) => `{${hits.join()}}`)}::text[])`
    await trx.insertInto('code_postings').columns(['user_id', 'project_no', 'term', 'file_no', 'hits'])
      .expression(trx.selectFrom(rows.as<'posting'>(sql`posting(term, file_no, hits)`))
        .select([sql<string>`${userId}::text`.as('user_id'), sql<number>`${projectNo}::bigint`.as('project_no'), 'term', 'file_no', sql<string>`hits::integer[]`.as('hits')]))
      .execute()
  }
}

/** How many files of the project have each term, of those that any has. */
export async function countCodeTerms (db: Db, userId: string, projectNo: number, terms: readonly string[]): Promise<Map<string, number>> {
  const rows = await db.selectFrom('code_postings').where('user_id', '=', userId).where('project_no', '=', projectNo).where('term', '=', sql<string>`any(${[...terms]}::text[])`)
    .groupBy('term').select(({ fn }) => ['term', fn.countAll<number>().as('files')]).execute()
  return new Map(rows.map(({ term, files }) => [term, files]))
}

export interface CodeHit { file_no: number, piece_no: number, score: number }

/**
 * The best pieces by the sum of what their terms count, each times the term's score, and of what their file's path counts; of a file that only the path finds,
 * its first piece. `pattern`: a regular expression for the whole path. Sums are of whole numbers, so that every database gives the same.
 */
export async function scoreCodePieces (db: Db, userId: string, projectNo: number, { terms, pattern, limit }: {
  terms: ReadonlyArray<{ term: string, score: number }>
  pattern?: string | undefined
  limit: number
}): Promise<CodeHit[]> {
  const asked = sql<{ term: string, score: number }>`unnest(${terms.map(({ term }) => term)}::text[], ${terms.map(({ score }) => Math.round(score * UNIT))}::bigint[])`
  return db
    .with((cte) => cte('found').materialized(), (query) => query.selectFrom(asked.as<'asked'>(sql`asked(term, score)`))
      .innerJoinLateral((from) => from.selectFrom('code_postings').select(['file_no', 'hits'])
        .where('user_id', '=', userId).where('project_no', '=', projectNo).whereRef('code_postings.term', '=', 'asked.term')
        .$if(pattern !== undefined, (held) => held.where((row) => row('file_no', 'in', row.selectFrom('code_files').select('code_files.file_no')
          .where('user_id', '=', userId).where('project_no', '=', projectNo).where('path', '~', pattern!))))
        .orderBy('file_no').limit(MOST_READ).as('held'), (join) => join.onTrue())
      .innerJoinLateral(() => sql<{ hit: number }>`(select unnest(held.hits) as hit)`.as('hit_rows'), (join) => join.onTrue())
      .groupBy(['held.file_no', sql`piece_no`])
      .select(['held.file_no', sql<number>`hit / ${HIT_UNIT}::integer`.as('piece_no'), sql<number>`sum(asked.score * (hit % ${HIT_UNIT}::integer))`.as('score')]))
    .selectFrom('found')
    .leftJoin('found as by_path', (join) => join.onRef('by_path.file_no', '=', 'found.file_no').on('by_path.piece_no', '=', 0).on('found.piece_no', '>', 0))
    .groupBy(['found.file_no', sql`greatest(found.piece_no, 1)`])
    .select(['found.file_no', sql<number>`greatest(found.piece_no, 1)`.as('piece_no'), sql<number>`max(found.score + coalesce(by_path.score, 0))::float8 / ${UNIT}::float8`.as('score')])
    .orderBy('score', 'desc').orderBy('file_no').orderBy('piece_no').limit(limit).execute()
}
