import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db, Trx } from './connect.ts'
import type { CodingInteractionsTable } from './tables/index.ts'

export type CodingInteraction = Selectable<CodingInteractionsTable>
export type NewCodingInteraction = Required<Omit<Insertable<CodingInteractionsTable>, 'user_id'>>

/** While one of its memories is deleted, an interaction is not shown. */
const shown = sql<boolean>`(select count(*) from memories m where m.user_id = coding_interactions.user_id
  and m.memory_id in (coding_interactions.memory_id, coding_interactions.response_memory_id)) = 2`

export async function insertCodingInteraction (trx: Trx, userId: string, interaction: NewCodingInteraction): Promise<void> {
  await trx.insertInto('coding_interactions').values({ user_id: userId, ...interaction }).execute()
}

/** Of a project, or of one session of it, newest first. */
export function listCodingInteractions (db: Db, userId: string, projectId: string, { sessionId, limit }: { sessionId?: string | undefined, limit: number }): Promise<CodingInteraction[]> {
  return db.selectFrom('coding_interactions').selectAll().where('user_id', '=', userId).where('project_id', '=', projectId).where(shown)
    .$if(sessionId !== undefined, (query) => query.where('session_id', '=', sessionId!))
    .orderBy('created_at', 'desc').orderBy('interaction_id').limit(limit).execute()
}
