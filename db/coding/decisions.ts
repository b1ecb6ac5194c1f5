import { type Insertable, type Selectable, sql } from 'kysely'
import { isRecordOf, type RecordSelection } from './conditions.ts'
import type { Db, Trx } from '../connection/connect.ts'
import type { CodingDecisionsTable } from '../schema/index.ts'

/** A decision as reports need it; long texts are cut. */
export type CodingDecision = Pick<
  Selectable<CodingDecisionsTable>,
  | 'decision_id'
  | 'session_id'
  | 'decision'
  | 'rationale'
  | 'alternatives'
  | 'impact'
  | 'tags'
  | 'confidence'
  | 'created_at'
>
export type NewDecision = Required<Omit<Insertable<CodingDecisionsTable>, 'user_id'>>

/** Inserts a decision; its memory comes first. */
export async function insertDecision(
  trx: Trx,
  userId: string,
  decision: NewDecision
): Promise<void> {
  await trx
    .insertInto('coding_decisions')
    .values({ user_id: userId, ...decision })
    .execute()
}

/** Lists the decisions of a project, or of one of its sessions, newest first. */
export function listDecisions(
  db: Db,
  userId: string,
  projectId: string,
  { sessionId, limit }: RecordSelection
): Promise<CodingDecision[]> {
  return db
    .selectFrom('coding_decisions')
    .select(['decision_id', 'session_id', 'alternatives', 'tags', 'confidence', 'created_at'])
    .select([
      sql<string>`left(decision, 1000)`.as('decision'),
      sql<string>`left(rationale, 1000)`.as('rationale'),
      sql<string | null>`left(impact, 1000)`.as('impact')
    ])
    .where(isRecordOf('coding_decisions', { userId, projectId, sessionId }))
    .orderBy('created_at', 'desc')
    .orderBy('decision_id')
    .limit(limit)
    .execute()
}
