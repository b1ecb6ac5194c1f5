import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'
import type { CodingFileChangesTable } from '../schema/index.ts'

type FileChange = Selectable<CodingFileChangesTable>
/** A change as reports tell it. */
export type ReportedFileChange = Pick<
  FileChange,
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

/** While its memory is deleted, a change is not shown. */
const shown = sql<boolean>`exists (select from memories m where m.user_id = coding_file_changes.user_id and m.memory_id = coding_file_changes.memory_id)`

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

/** Of a project, or of one session of it, newest first; as reports need it. */
export function listFileChanges(
  db: Db,
  userId: string,
  projectId: string,
  { sessionId, limit }: { sessionId?: string | undefined; limit: number }
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
    .where('user_id', '=', userId)
    .where('project_id', '=', projectId)
    .where(shown)
    .$if(sessionId !== undefined, (query) => query.where('session_id', '=', sessionId!))
    .orderBy('created_at', 'desc')
    .orderBy('change_id')
    .limit(limit)
    .execute()
}

/** The diffs of the last changes of a project, without those that have none. */
export async function listDiffs(
  db: Db,
  userId: string,
  projectId: string,
  limit: number
): Promise<string[]> {
  const rows = await db
    .selectFrom('coding_file_changes')
    .select('diff')
    .where('user_id', '=', userId)
    .where('project_id', '=', projectId)
    .where('diff', '<>', '')
    .where(shown)
    .orderBy('created_at', 'desc')
    .limit(limit)
    .execute()
  return rows.map(({ diff }) => diff)
}
