import { type Insertable, type Selectable, sql } from 'kysely'
import { isRecordOf, type RecordSelection } from './conditions.ts'
import type { Db, Trx } from '../connection/connect.ts'
import type { CodingInteractionsTable } from '../schema/index.ts'

/** An exchange as reports need it; long texts are cut. */
export type CodingInteraction = Pick<
  Selectable<CodingInteractionsTable>,
  'interaction_id' | 'session_id' | 'user_query' | 'ai_response' | 'interaction_type' | 'created_at'
>
export type NewCodingInteraction = Required<Omit<Insertable<CodingInteractionsTable>, 'user_id'>>

/** Inserts an interaction; its memories come first. */
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

/** Lists the interactions of a project, or of one of its sessions, newest first. */
export function listCodingInteractions(
  db: Db,
  userId: string,
  projectId: string,
  { sessionId, limit }: RecordSelection
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
    .where(isRecordOf('coding_interactions', { userId, projectId, sessionId }))
    .orderBy('created_at', 'desc')
    .orderBy('interaction_id')
    .limit(limit)
    .execute()
}
