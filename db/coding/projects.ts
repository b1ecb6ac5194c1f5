import { sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'
import { memoryColumns, type RecordTable } from './conditions.ts'

/** Lists the projects with sessions, those with the last sessions first. */
export function listSessionProjects(
  db: Db,
  userId: string,
  { limit, offset }: { limit: number; offset: number }
) {
  return db
    .selectFrom('coding_sessions')
    .select([
      'project_id',
      sql<number>`count(*)::integer`.as('sessions'),
      sql<Date>`max(started_at)`.as('last_started_at'),
      sql<boolean>`bool_or(ended_at is null)`.as('is_active')
    ])
    .where('user_id', '=', userId)
    .groupBy('project_id')
    .orderBy('last_started_at', 'desc')
    .orderBy('project_id')
    .limit(limit)
    .offset(offset)
    .execute()
}

/**
 * Lists up to `limit` ids of the memories that a session wrote: its goal, its summary and those of
 * its records. Memories that are deleted already are left out.
 */
export async function listSessionMemories(
  db: Db,
  userId: string,
  projectId: string,
  sessionId: string,
  limit: number
): Promise<string[]> {
  const ofSession = sql`user_id = ${userId} and project_id = ${projectId}
    and session_id = ${sessionId}`
  const recordParts = (Object.keys(memoryColumns) as RecordTable[]).flatMap((table) =>
    memoryColumns[table].map(
      (column) => sql`select ${sql.ref(column)} from ${sql.table(table)} where ${ofSession}`
    )
  )
  const sessionParts = ['goal_memory_id', 'summary_memory_id'].map(
    (column) => sql`select ${sql.ref(column)} from coding_sessions where ${ofSession}`
  )
  const { rows } = await sql<{ memory_id: string }>`
    select memory_id from memories
    where user_id = ${userId} and memory_id in (
      ${sql.join([...recordParts, ...sessionParts], sql` union `)})
    limit ${limit}`.execute(db)
  return rows.map((row) => row.memory_id)
}

/** Deletes a session with its records; false if there is none. */
export async function deleteCodingSession(
  trx: Trx,
  userId: string,
  projectId: string,
  sessionId: string
): Promise<boolean> {
  const { numDeletedRows } = await trx
    .deleteFrom('coding_sessions')
    .where('user_id', '=', userId)
    .where('project_id', '=', projectId)
    .where('session_id', '=', sessionId)
    .executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}
