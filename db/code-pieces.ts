import { type Insertable, sql } from 'kysely'
import type { Db, Trx } from './connect.ts'
import type { CodePiecesTable } from './tables/index.ts'

export type NewCodePiece = Omit<Insertable<CodePiecesTable>, 'user_id' | 'project_no'>

/** Rows of one statement. */
const BATCH = 500

export async function insertCodePieces (trx: Trx, userId: string, projectNo: number, pieces: readonly NewCodePiece[]): Promise<void> {
  for (let at = 0; at < pieces.length; at += BATCH) {
    await trx.insertInto('code_pieces').values(pieces.slice(at, at + BATCH).map((piece) => ({ ...piece, user_id: userId, project_no: projectNo }))).execute()
  }
}

/** The given pieces in the given order, with the paths of their files. */
export function listCodePieces (db: Db, userId: string, projectNo: number, wanted: ReadonlyArray<{ file_no: number, piece_no: number }>) {
  const asked = sql<{ file_no: number, piece_no: number, place: number }>`unnest(${wanted.map(({ file_no: no }) => no)}::bigint[], ${wanted.map(({ piece_no: no }) => no)}::integer[]) with ordinality`
  return db.selectFrom(asked.as<'asked'>(sql`asked(file_no, piece_no, place)`))
    .innerJoin('code_pieces', (join) => join.onRef('code_pieces.file_no', '=', 'asked.file_no').onRef('code_pieces.piece_no', '=', 'asked.piece_no')
      .on('code_pieces.user_id', '=', userId).on('code_pieces.project_no', '=', projectNo))
    .innerJoin('code_files', (join) => join.onRef('code_files.file_no', '=', 'asked.file_no').on('code_files.user_id', '=', userId).on('code_files.project_no', '=', projectNo))
    .select(['code_files.path', 'code_files.language', 'code_files.file_no', 'code_pieces.piece_no', 'first_line', 'last_line', 'symbol', 'kind', 'text'])
    .orderBy('asked.place').execute()
}
