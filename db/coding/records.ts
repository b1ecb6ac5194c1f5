import { sql } from 'kysely'
import { isMemoryLost, isRecordOf, memoryColumns, type RecordTable } from './conditions.ts'
import type { Db, Trx } from '../connection/connect.ts'

const recordTables = Object.keys(memoryColumns) as RecordTable[]

export interface RecordCounts {
  file_changes: number
  files: number
  errors: number
  resolved: number
  decisions: number
  interactions: number
  issues: number
}

/** Counts the records of a project, or of one of its sessions. */
export async function countCodingRecords(
  db: Db,
  userId: string,
  projectId: string,
  sessionId?: string
): Promise<RecordCounts> {
  const countOf = (table: RecordTable, aggregate = 'count(*)', condition = 'true') =>
    sql<number>`(select ${sql.raw(aggregate)} from ${sql.table(table)}
      where ${isRecordOf(table, { userId, projectId, sessionId })} and ${sql.raw(condition)})`
  return db
    .selectNoFrom([
      countOf('coding_file_changes').as('file_changes'),
      countOf('coding_file_changes', 'count(distinct file_path)').as('files'),
      countOf('coding_errors').as('errors'),
      countOf('coding_errors', 'count(*)', 'solution is not null').as('resolved'),
      countOf('coding_decisions').as('decisions'),
      countOf('coding_interactions').as('interactions'),
      countOf('coding_issue_links', 'count(distinct issue_key)').as('issues')
    ])
    .executeTakeFirstOrThrow()
}

/** Deletes the records whose memories cannot be restored any more. Others stay hidden. */
export async function deleteLostCodingRecords(trx: Trx, userId: string): Promise<void> {
  for (const table of recordTables) {
    await trx
      .deleteFrom(table)
      .where('user_id', '=', userId)
      .where(({ or }) =>
        or(memoryColumns[table].map((column) => isMemoryLost(userId, `${table}.${column}`)))
      )
      .execute()
  }
}
