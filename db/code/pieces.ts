import { type Insertable, sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'
import type { CodePiecesTable } from '../schema/index.ts'

export type NewCodePiece = Omit<Insertable<CodePiecesTable>, 'user_id' | 'project_no'>

/** Rows of one insert. */
const BATCH_SIZE = 500

/** Inserts the pieces; their files come first. */
export async function insertCodePieces(
  trx: Trx,
  userId: string,
  projectNo: number,
  pieces: readonly NewCodePiece[]
): Promise<void> {
  for (let start = 0; start < pieces.length; start += BATCH_SIZE) {
    await trx
      .insertInto('code_pieces')
      .values(
        pieces
          .slice(start, start + BATCH_SIZE)
          .map((piece) => ({ ...piece, user_id: userId, project_no: projectNo }))
      )
      .execute()
  }
}

/** Lists the pieces in the given order, with the paths of their files. */
export function listCodePieces(
  db: Db,
  userId: string,
  projectNo: number,
  pieces: ReadonlyArray<Pick<NewCodePiece, 'file_no' | 'piece_no'>>
) {
  const pieceRows = sql<{ file_no: number; piece_no: number; place: number }>`
    unnest(${pieces.map((piece) => piece.file_no)}::bigint[],
      ${pieces.map((piece) => piece.piece_no)}::integer[]) with ordinality`
  return db
    .selectFrom(pieceRows.as<'query'>(sql`query(file_no, piece_no, place)`))
    .innerJoinLateral(
      (from) =>
        from
          .selectFrom('code_pieces') // the primary key
          .where('user_id', '=', userId)
          .where('project_no', '=', projectNo)
          .whereRef('code_pieces.file_no', '=', 'query.file_no')
          .whereRef('code_pieces.piece_no', '=', 'query.piece_no')
          .select(['first_line', 'last_line', 'symbol', 'kind', 'text'])
          .limit(1)
          .as('piece'),
      (join) => join.onTrue()
    )
    .innerJoinLateral(
      (from) =>
        from
          .selectFrom('code_files') // index code_files_no
          .where('user_id', '=', userId)
          .where('project_no', '=', projectNo)
          .whereRef('code_files.file_no', '=', 'query.file_no')
          .select(['path', 'language'])
          .limit(1)
          .as('file'),
      (join) => join.onTrue()
    )
    .select([
      'file.path',
      'file.language',
      'query.file_no',
      'query.piece_no',
      'first_line',
      'last_line',
      'symbol',
      'kind',
      'text'
    ])
    .orderBy('query.place')
    .execute()
}
