import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'
import type { CodingDecisionsTable } from '../schema/index.ts'

/** A decision as reports tell it. */
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

const told = [
  'decision_id',
  'session_id',
  'alternatives',
  'tags',
  'confidence',
  'created_at'
] as const
const texts = [
  sql<string>`left(decision, 1000)`.as('decision'),
  sql<string>`left(rationale, 1000)`.as('rationale'),
  sql<string | null>`left(impact, 1000)`.as('impact')
]
/** While its memory is deleted, a decision is not shown. */
const shown = sql<boolean>`exists (select from memories m where m.user_id = coding_decisions.user_id and m.memory_id = coding_decisions.memory_id)`

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

/** Of a project, or of one session of it, newest first; long texts cut. */
export function listDecisions(
  db: Db,
  userId: string,
  projectId: string,
  { sessionId, limit }: { sessionId?: string | undefined; limit: number }
): Promise<CodingDecision[]> {
  return db
    .selectFrom('coding_decisions')
    .select(told)
    .select(texts)
    .where('user_id', '=', userId)
    .where('project_id', '=', projectId)
    .where(shown)
    .$if(sessionId !== undefined, (query) => query.where('session_id', '=', sessionId!))
    .orderBy('created_at', 'desc')
    .orderBy('decision_id')
    .limit(limit)
    .execute()
}
