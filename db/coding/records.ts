import { sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'

/** What is recorded in sessions, one table for each kind. */
const tables = [
  'coding_file_changes',
  'coding_errors',
  'coding_decisions',
  'coding_interactions',
  'coding_issue_links'
] as const
const memories = { coding_interactions: ['memory_id', 'response_memory_id'] } as Record<
  string,
  string[]
>

export interface RecordCounts {
  file_changes: number
  files: number
  errors: number
  resolved: number
  decisions: number
  interactions: number
  issues: number
}

/** How much was recorded in a project, or in one of its sessions. */
export async function countCodingRecords(
  db: Db,
  userId: string,
  projectId: string,
  sessionId?: string
): Promise<RecordCounts> {
  const count = (
    table: (typeof tables)[number],
    what = 'count(*)',
    condition = 'true'
  ) => sql<number>`(select ${sql.raw(what)} from ${sql.table(table)} r
    where r.user_id = ${userId} and r.project_id = ${projectId} and ${sessionId === undefined ? sql`true` : sql`r.session_id = ${sessionId}`} and ${sql.raw(condition)}
      and exists (select from memories m where m.user_id = r.user_id and m.memory_id = r.memory_id))`
  return db
    .selectNoFrom([
      count('coding_file_changes').as('file_changes'),
      count('coding_file_changes', 'count(distinct file_path)').as('files'),
      count('coding_errors').as('errors'),
      count('coding_errors', 'count(*)', 'solution is not null').as('resolved'),
      count('coding_decisions').as('decisions'),
      count('coding_interactions').as('interactions'),
      count('coding_issue_links', 'count(distinct issue_key)').as('issues')
    ])
    .executeTakeFirstOrThrow()
}

/**
 * Takes the records whose memories are gone for good; one whose memory can still be restored is
 * only not shown.
 */
export async function deleteLostCodingRecords(trx: Trx, userId: string): Promise<void> {
  for (const table of tables) {
    const gone = (
      column: string
    ) => sql<boolean>`(not exists (select from memories m where m.user_id = ${userId} and m.memory_id = ${sql.ref(`${table}.${column}`)})
      and not exists (select from memory_versions v where v.user_id = ${userId} and v.memory_id = ${sql.ref(`${table}.${column}`)}))`
    await trx
      .deleteFrom(table)
      .where('user_id', '=', userId)
      .where(({ or }) => or((memories[table] ?? ['memory_id']).map(gone)))
      .execute()
  }
}
