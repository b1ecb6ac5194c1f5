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

/** Whether the memory of the record exists. While it is deleted, the record is hidden. */
export function hasMemory(table: string): RawBuilder<boolean> {
  return sql<boolean>`exists (select from memories m
    where m.user_id = ${sql.ref(`${table}.user_id`)}
      and m.memory_id = ${sql.ref(`${table}.memory_id`)})`
}

/** Whether the record belongs to the owner and is not hidden. */
export function isRecordOf(
  table: string,
  { userId, projectId, sessionId }: RecordOwner
): RawBuilder<boolean> {
  const inSession =
    sessionId === undefined ? sql`true` : sql`${sql.ref(`${table}.session_id`)} = ${sessionId}`
  return sql<boolean>`(${sql.ref(`${table}.user_id`)} = ${userId}
    and ${sql.ref(`${table}.project_id`)} = ${projectId}
    and ${inSession} and ${hasMemory(table)})`
}

/** Whether the memory in this column is gone for good: neither it nor a version of it exists. */
export function isMemoryLost(userId: string, column: string): RawBuilder<boolean> {
  return sql<boolean>`(not exists (select from memories m
      where m.user_id = ${userId} and m.memory_id = ${sql.ref(column)})
    and not exists (select from memory_versions v
      where v.user_id = ${userId} and v.memory_id = ${sql.ref(column)}))`
}
