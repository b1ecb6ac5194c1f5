import { type Selectable, sql } from 'kysely'
import { isMemoryLost } from './conditions.ts'
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

/** Seconds since the session was started or resumed. */
const runningSeconds = sql<number>`extract(epoch
  from now() - coalesce(resumed_at, started_at))::double precision`
const workedMinutes = sql<number>`(worked_seconds
  + case when ended_at is null then ${runningSeconds} else 0 end) / 60`

/**
 * Starts a session. Returns undefined if one of the project is active: a unique index decides, also
 * between concurrent callers.
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
    .returning(workedMinutes.as('minutes'))
    .executeTakeFirst()
}

/**
 * Resumes an ended session. Returns undefined if there is no such ended session. Throws SQLSTATE
 * 23505 while another session of the project is active.
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
    .returning(workedMinutes.as('minutes'))
    .executeTakeFirst()
}

/** Records which memory has the session's goal, or its summary. */
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
 * A lock until the transaction ends. `shared` keeps others from ending the session; `ending` keeps
 * others from recording in it.
 */
export type SessionLock = 'shared' | 'ending'

/** Returns the active session of a project, or undefined. */
export function findActiveCodingSession(
  db: Db,
  userId: string,
  projectId: string,
  lock?: SessionLock
): Promise<CodingSession | undefined> {
  return db
    .selectFrom('coding_sessions')
    .selectAll()
    .select(workedMinutes.as('minutes'))
    .where('user_id', '=', userId)
    .where('project_id', '=', projectId)
    .where('ended_at', 'is', null)
    .$if(lock === 'shared', (query) => query.forShare())
    .$if(lock === 'ending', (query) => query.forNoKeyUpdate())
    .executeTakeFirst()
}

/** Returns the session, or undefined. */
export function findCodingSession(
  db: Db,
  userId: string,
  projectId: string,
  sessionId: string
): Promise<CodingSession | undefined> {
  return db
    .selectFrom('coding_sessions')
    .selectAll()
    .select(workedMinutes.as('minutes'))
    .where('user_id', '=', userId)
    .where('project_id', '=', projectId)
    .where('session_id', '=', sessionId)
    .executeTakeFirst()
}

/** Returns the session of a project that ended last, or undefined. */
export function findLastCodingSession(
  db: Db,
  userId: string,
  projectId: string
): Promise<CodingSession | undefined> {
  return db
    .selectFrom('coding_sessions')
    .selectAll()
    .select(workedMinutes.as('minutes'))
    .where('user_id', '=', userId)
    .where('project_id', '=', projectId)
    .where('ended_at', 'is not', null)
    .orderBy('ended_at', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** Lists the sessions of a project, newest first (index coding_sessions_recent). */
export function listCodingSessions(
  db: Db,
  userId: string,
  projectId: string,
  limit: number
): Promise<CodingSession[]> {
  return db
    .selectFrom('coding_sessions')
    .selectAll()
    .select(workedMinutes.as('minutes'))
    .where('user_id', '=', userId)
    .where('project_id', '=', projectId)
    .orderBy('started_at', 'desc')
    .limit(limit)
    .execute()
}

/**
 * Lists the sessions that started last, newest first. Without a project they are those of the
 * project with the last session.
 */
export async function listRecentCodingSessions(
  db: Db,
  userId: string,
  { project, limit }: { project?: string | undefined; limit: number }
) {
  const sessions = db
    .selectFrom('coding_sessions')
    .select(['project_id', 'session_id', 'description', 'summary', 'success'])
    .select(['started_at', 'ended_at'])
    .where('user_id', '=', userId)
    .orderBy('started_at', 'desc')
  const projectId = project ?? (await sessions.limit(1).executeTakeFirst())?.project_id
  if (projectId === undefined) return []
  return sessions.where('project_id', '=', projectId).limit(limit).execute()
}

/** Lists the projects of a user, those with the last sessions first. */
export async function listCodingProjects(db: Db, userId: string, limit: number): Promise<string[]> {
  const projects = await db
    .selectFrom('coding_sessions')
    .select('project_id')
    .where('user_id', '=', userId)
    .groupBy('project_id')
    .orderBy(sql`max(started_at)`, 'desc')
    .limit(limit)
    .execute()
  return projects.map((project) => project.project_id)
}

/** Ends the session. The caller first locks it and checks that it is active. */
export function endCodingSession(
  trx: Trx,
  session: CodingSession,
  ending: SessionEnding
): Promise<CodingSession> {
  return trx
    .updateTable('coding_sessions')
    .set({
      ...ending,
      ended_at: sql<Date>`now()`,
      worked_seconds: sql<number>`worked_seconds + ${runningSeconds}`
    })
    .where('user_id', '=', session.user_id)
    .where('project_id', '=', session.project_id)
    .where('session_id', '=', session.session_id)
    .returningAll()
    .returning(workedMinutes.as('minutes'))
    .executeTakeFirstOrThrow()
}

/** Clears the goals and summaries whose memories cannot be restored any more. */
export async function clearLostSessions(trx: Trx, userId: string): Promise<void> {
  const isLost = (column: string) =>
    sql<boolean>`(${sql.ref(column)} is not null and ${isMemoryLost(userId, column)})`
  await trx
    .updateTable('coding_sessions')
    .set({ description: '', tags: '[]', goal_memory_id: null })
    .where('user_id', '=', userId)
    .where(isLost('goal_memory_id'))
    .execute()
  await trx
    .updateTable('coding_sessions')
    .set({ summary: null, summary_memory_id: null })
    .where('user_id', '=', userId)
    .where(isLost('summary_memory_id'))
    .execute()
}

/** Deletes the user's sessions and, by their foreign keys, all records. */
export async function deleteCodingSessions(trx: Trx, userId: string): Promise<void> {
  await trx.deleteFrom('coding_sessions').where('user_id', '=', userId).execute()
}
