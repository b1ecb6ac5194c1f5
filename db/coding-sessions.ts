import { type Selectable, sql } from 'kysely'
import type { Db } from './connect.ts'
import type { CodingSessionsTable, Source } from './tables/index.ts'

export type CodingSession = Selectable<CodingSessionsTable> & { minutes: number }

export interface NewCodingSession {
  session_id: string
  project_id: string
  description: string
  tags: string[]
}

export interface Ending {
  summary: string | null
  success: boolean | null
}

const minutes = sql<number>`(extract(epoch from coalesce(ended_at, now()) - started_at) / 60)::double precision`

/** undefined when a session of this user and project is active: the unique index decides, also between two at the same instant. */
export function insertCodingSession (db: Db, userId: string, session: NewCodingSession, source: Source): Promise<CodingSession | undefined> {
  return db.insertInto('coding_sessions').values({ ...session, user_id: userId, tags: JSON.stringify(session.tags), source: JSON.stringify(source) })
    .onConflict((conflict) => conflict.doNothing()).returningAll().returning(minutes.as('minutes')).executeTakeFirst()
}

/** The active session of a project, or undefined. */
export function findActiveCodingSession (db: Db, userId: string, projectId: string): Promise<CodingSession | undefined> {
  return db.selectFrom('coding_sessions').selectAll().select(minutes.as('minutes'))
    .where('user_id', '=', userId).where('project_id', '=', projectId).where('ended_at', 'is', null).executeTakeFirst()
}

/** The session of a project that ended last, or undefined. */
export function findLastCodingSession (db: Db, userId: string, projectId: string): Promise<CodingSession | undefined> {
  return db.selectFrom('coding_sessions').selectAll().select(minutes.as('minutes'))
    .where('user_id', '=', userId).where('project_id', '=', projectId).where('ended_at', 'is not', null)
    .orderBy('ended_at', 'desc').limit(1).executeTakeFirst()
}

/** undefined when no session of this user and project is active. */
export function endCodingSession (db: Db, userId: string, projectId: string, end: Ending): Promise<CodingSession | undefined> {
  return db.updateTable('coding_sessions').set({ ...end, ended_at: sql`now()` })
    .where('user_id', '=', userId).where('project_id', '=', projectId).where('ended_at', 'is', null).returningAll().returning(minutes.as('minutes')).executeTakeFirst()
}
