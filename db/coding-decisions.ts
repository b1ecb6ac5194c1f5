import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db, Trx } from './connect.ts'
import type { CodingDecisionsTable } from './tables/index.ts'

export type Decision = Selectable<CodingDecisionsTable>
export type NewDecision = Required<Omit<Insertable<CodingDecisionsTable>, 'user_id'>>

/** While its memory is deleted, a decision is not shown. */
const shown = sql<boolean>`exists (select from memories m where m.user_id = coding_decisions.user_id and m.memory_id = coding_decisions.memory_id)`

export async function insertDecision (trx: Trx, userId: string, decision: NewDecision): Promise<void> {
  await trx.insertInto('coding_decisions').values({ user_id: userId, ...decision }).execute()
}

/** Of a project, or of one session of it, newest first. */
export function listDecisions (db: Db, userId: string, projectId: string, { sessionId, limit }: { sessionId?: string | undefined, limit: number }): Promise<Decision[]> {
  return db.selectFrom('coding_decisions').selectAll().where('user_id', '=', userId).where('project_id', '=', projectId).where(shown)
    .$if(sessionId !== undefined, (query) => query.where('session_id', '=', sessionId!))
    .orderBy('created_at', 'desc').orderBy('decision_id').limit(limit).execute()
}
