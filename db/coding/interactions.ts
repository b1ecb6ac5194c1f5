import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'
import type { CodingInteractionsTable } from '../schema/index.ts'

/** An exchange as reports tell it. */
export type CodingInteraction = Pick<
  Selectable<CodingInteractionsTable>,
  'interaction_id' | 'session_id' | 'user_query' | 'ai_response' | 'interaction_type' | 'created_at'
>
export type NewCodingInteraction = Required<Omit<Insertable<CodingInteractionsTable>, 'user_id'>>

/** While one of its memories is deleted, an interaction is not shown. */
const shown = sql<boolean>`(select count(*) from memories m where m.user_id = coding_interactions.user_id
  and m.memory_id in (coding_interactions.memory_id, coding_interactions.response_memory_id)) = 2`

export async function insertCodingInteraction(
  trx: Trx,
  userId: string,
  interaction: NewCodingInteraction
): Promise<void> {
  await trx
    .insertInto('coding_interactions')
    .values({ user_id: userId, ...interaction })
    .execute()
}

/** Of a project, or of one session of it, newest first; the beginnings of what was said. */
export function listCodingInteractions(
  db: Db,
  userId: string,
  projectId: string,
  { sessionId, limit }: { sessionId?: string | undefined; limit: number }
): Promise<CodingInteraction[]> {
  return db
    .selectFrom('coding_interactions')
    .select([
      'interaction_id',
      'session_id',
      'interaction_type',
      'created_at',
      sql<string>`left(user_query, 500)`.as('user_query'),
      sql<string>`left(ai_response, 500)`.as('ai_response')
    ])
    .where('user_id', '=', userId)
    .where('project_id', '=', projectId)
    .where(shown)
    .$if(sessionId !== undefined, (query) => query.where('session_id', '=', sessionId!))
    .orderBy('created_at', 'desc')
    .orderBy('interaction_id')
    .limit(limit)
    .execute()
}
