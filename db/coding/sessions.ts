import { type Selectable, sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'
import type { CodingSessionsTable, Source } from '../schema/index.ts'

export type CodingSession = Selectable<CodingSessionsTable> & { minutes: number }

export interface NewCodingSession {
  session_id: string
  project_id: string
  description: string
  tags: string[]
}

export interface SessionEnding {
  summary: string
  summary_given: boolean
  success: boolean | null
}

/** The present stretch of work, in seconds. */
const stretch = sql<number>`extract(epoch from now() - coalesce(resumed_at, started_at))::double precision`
const minutes = sql<number>`(worked_seconds + case when ended_at is null then ${stretch} else 0 end) / 60`

/**
 * undefined when a session of this user and project is active: the unique index decides, also
 * between two at the same instant.
 */
export function insertCodingSession(
  trx: Trx,
  userId: string,
  session: NewCodingSession,
  source: Source
): Promise<CodingSession | undefined> {
  return trx
    .insertInto('coding_sessions')
    .values({
      ...session,
      user_id: userId,
      tags: JSON.stringify(session.tags),
      source: JSON.stringify(source)
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .returning(minutes.as('minutes'))
    .executeTakeFirst()
}

/**
 * Opens an ended session again; undefined when there is no such ended session. Throws the
 * database's error 23505 while another of the project is active.
 */
export function resumeCodingSession(
  trx: Trx,
  userId: string,
  projectId: string,
  sessionId: string
): Promise<CodingSession | undefined> {
  return trx
    .updateTable('coding_sessions')
    .set({ ended_at: null, success: null, resumed_at: sql<Date>`now()` })
    .where('user_id', '=', userId)
    .where('project_id', '=', projectId)
    .where('session_id', '=', sessionId)
    .where('ended_at', 'is not', null)
    .returningAll()
    .returning(minutes.as('minutes'))
    .executeTakeFirst()
}

/** Notes which memories hold the session's goal and summary. */
export async function updateSessionMemories(
  trx: Trx,
  session: CodingSession,
  memories: { goal_memory_id: string } | { summary_memory_id: string }
): Promise<void> {
  await trx
    .updateTable('coding_sessions')
    .set(memories)
    .where('user_id', '=', session.user_id)
    .where('project_id', '=', session.project_id)
    .where('session_id', '=', session.session_id)
    .execute()
}

/**
 * Until the transaction ends a shared session is not ended, and one that is being ended is not
 * recorded in.
 */
export type SessionLock = 'shared' | 'ending'

/** The active session of a project, or undefined. */
export function findActiveCodingSession(
  db: Db,
  userId: string,
  projectId: string,
  lock?: SessionLock
): Promise<CodingSession | undefined> {
  return db
    .selectFrom('coding_sessions')
    .selectAll()
    .select(minutes.as('minutes'))
    .where('user_id', '=', userId)
    .where('project_id', '=', projectId)
    .where('ended_at', 'is', null)
    .$if(lock === 'shared', (query) => query.forShare())
    .$if(lock === 'ending', (query) => query.forNoKeyUpdate())
    .executeTakeFirst()
}

export function findCodingSession(
  db: Db,
  userId: string,
  projectId: string,
  sessionId: string
): Promise<CodingSession | undefined> {
  return db
    .selectFrom('coding_sessions')
    .selectAll()
    .select(minutes.as('minutes'))
    .where('user_id', '=', userId)
    .where('project_id', '=', projectId)
    .where('session_id', '=', sessionId)
    .executeTakeFirst()
}

/** The session of a project that ended last, or undefined. */
export function findLastCodingSession(
  db: Db,
  userId: string,
  projectId: string
): Promise<CodingSession | undefined> {
  return db
    .selectFrom('coding_sessions')
    .selectAll()
    .select(minutes.as('minutes'))
    .where('user_id', '=', userId)
    .where('project_id', '=', projectId)
    .where('ended_at', 'is not', null)
    .orderBy('ended_at', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** Newest first (index coding_sessions_recent). */
export function listCodingSessions(
  db: Db,
  userId: string,
  projectId: string,
  limit: number
): Promise<CodingSession[]> {
  return db
    .selectFrom('coding_sessions')
    .selectAll()
    .select(minutes.as('minutes'))
    .where('user_id', '=', userId)
    .where('project_id', '=', projectId)
    .orderBy('started_at', 'desc')
    .limit(limit)
    .execute()
}

/** The projects of a user with the most recent sessions, at most `limit`. */
export async function listCodingProjects(db: Db, userId: string, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('coding_sessions')
    .select('project_id')
    .where('user_id', '=', userId)
    .groupBy('project_id')
    .orderBy(sql`max(started_at)`, 'desc')
    .limit(limit)
    .execute()
  return rows.map(({ project_id: project }) => project)
}

/** The caller has locked the session, which is active. */
export function endCodingSession(
  trx: Trx,
  { user_id: userId, project_id: project, session_id: id }: CodingSession,
  end: SessionEnding
): Promise<CodingSession> {
  return trx
    .updateTable('coding_sessions')
    .set({
      ...end,
      ended_at: sql<Date>`now()`,
      worked_seconds: sql<number>`worked_seconds + ${stretch}`
    })
    .where('user_id', '=', userId)
    .where('project_id', '=', project)
    .where('session_id', '=', id)
    .returningAll()
    .returning(minutes.as('minutes'))
    .executeTakeFirstOrThrow()
}

/** Takes the goals and summaries whose memories are gone for good. */
export async function clearLostSessions(trx: Trx, userId: string): Promise<void> {
  const lost = (column: string) => sql<boolean>`${sql.ref(column)} is not null
    and not exists (select from memories m where m.user_id = ${userId} and m.memory_id = ${sql.ref(column)})
    and not exists (select from memory_versions v where v.user_id = ${userId} and v.memory_id = ${sql.ref(column)})`
  await trx
    .updateTable('coding_sessions')
    .set({ description: '', tags: '[]', goal_memory_id: null })
    .where('user_id', '=', userId)
    .where(lost('goal_memory_id'))
    .execute()
  await trx
    .updateTable('coding_sessions')
    .set({ summary: null, summary_memory_id: null })
    .where('user_id', '=', userId)
    .where(lost('summary_memory_id'))
    .execute()
}

/** Empties what a person's coding sessions hold. */
export async function deleteCodingSessions(trx: Trx, userId: string): Promise<void> {
  await trx.deleteFrom('coding_sessions').where('user_id', '=', userId).execute() // their records go with them
}
