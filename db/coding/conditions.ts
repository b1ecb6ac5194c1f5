import { type RawBuilder, sql } from 'kysely'

/** The records of a project, or of one session of it. */
export interface RecordOwner {
  userId: string
  projectId: string
  sessionId?: string | undefined
}

/** The records that a list returns: those of a project, or of one session, up to `limit`. */
export interface RecordSelection {
  sessionId?: string | undefined
  limit: number
}

/** The tables of records, each with the columns of the memories that a record needs. */
export const memoryColumns = {
  coding_file_changes: ['memory_id'],
  coding_errors: ['memory_id'],
  coding_decisions: ['memory_id'],
  coding_interactions: ['memory_id', 'response_memory_id'],
  coding_issue_links: ['memory_id']
} as const
export type RecordTable = keyof typeof memoryColumns

/** Whether all memories of the record exist. While one is deleted, the record is hidden. */
export function hasMemories(table: RecordTable): RawBuilder<boolean> {
  const memoryExists = memoryColumns[table].map(
    (column) => sql<boolean>`exists (select from ${sql.table('memories')} as m
      where m.user_id = ${sql.ref(`${table}.user_id`)}
        and m.memory_id = ${sql.ref(`${table}.${column}`)})`
  )
  return sql<boolean>`(${sql.join(memoryExists, sql` and `)})`
}

/** Whether the record belongs to the owner and is not hidden. */
export function isRecordOf(
  table: RecordTable,
  { userId, projectId, sessionId }: RecordOwner
): RawBuilder<boolean> {
  const inSession =
    sessionId === undefined ? sql`true` : sql`${sql.ref(`${table}.session_id`)} = ${sessionId}`
  return sql<boolean>`(${sql.ref(`${table}.user_id`)} = ${userId}
    and ${sql.ref(`${table}.project_id`)} = ${projectId}
    and ${inSession} and ${hasMemories(table)})`
}

/** Whether the memory in this column is gone for good: neither it nor a version of it exists. */
export function isMemoryLost(userId: string, column: string): RawBuilder<boolean> {
  return sql<boolean>`(not exists (select from memories m
      where m.user_id = ${userId} and m.memory_id = ${sql.ref(column)})
    and not exists (select from memory_versions v
      where v.user_id = ${userId} and v.memory_id = ${sql.ref(column)}))`
}
