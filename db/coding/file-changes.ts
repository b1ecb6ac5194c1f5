import { type Insertable, type Selectable, sql } from 'kysely'
import { isRecordOf, type RecordSelection } from './conditions.ts'
import type { Db, Trx } from '../connection/connect.ts'
import type { CodingFileChangesTable } from '../schema/index.ts'

/** A change as reports need it; a long reason is cut. */
export type ReportedFileChange = Pick<
  Selectable<CodingFileChangesTable>,
  | 'change_id'
  | 'session_id'
  | 'file_path'
  | 'action'
  | 'reason'
  | 'lines_added'
  | 'lines_removed'
  | 'created_at'
>
export type NewFileChange = Required<Omit<Insertable<CodingFileChangesTable>, 'user_id'>>

/** Inserts a change; its memory comes first. */
export async function insertFileChange(
  trx: Trx,
  userId: string,
  change: NewFileChange
): Promise<void> {
  await trx
    .insertInto('coding_file_changes')
    .values({ user_id: userId, ...change })
    .execute()
}

/** Lists the changes of a project, or of one of its sessions, newest first. */
export function listFileChanges(
  db: Db,
  userId: string,
  projectId: string,
  { sessionId, limit }: RecordSelection
): Promise<ReportedFileChange[]> {
  return db
    .selectFrom('coding_file_changes')
    .select([
      'change_id',
      'session_id',
      'file_path',
      'action',
      'lines_added',
      'lines_removed',
      'created_at',
      sql<string>`left(reason, 500)`.as('reason')
    ])
    .where(isRecordOf('coding_file_changes', { userId, projectId, sessionId }))
    .orderBy('created_at', 'desc')
    .orderBy('change_id')
    .limit(limit)
    .execute()
}

/** Lists the diffs of the last changes of a project, without the empty ones. */
export async function listDiffs(
  db: Db,
  userId: string,
  projectId: string,
  limit: number
): Promise<string[]> {
  const fileChanges = await db
    .selectFrom('coding_file_changes')
    .select('diff')
    .where(isRecordOf('coding_file_changes', { userId, projectId }))
    .where('diff', '<>', '')
    .orderBy('created_at', 'desc')
    .limit(limit)
    .execute()
  return fileChanges.map(({ diff }) => diff)
}
