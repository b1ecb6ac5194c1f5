import { type RawBuilder, sql } from 'kysely'
import { valueBeginning } from './columns.ts'
import { isLive } from './conditions.ts'
import type { Db } from '../connection/connect.ts'
import { isOwnedBy, unknownLimit } from '../connection/membership.ts'

/** The key_id or client_id of the source (index memories_app). */
const appOfSource = sql<string>`coalesce(source ->> 'key_id', source ->> 'client_id')`

export interface WrittenMemory {
  memory_id: string
  agent_name: string
  key: string
  value: string
  value_length: number
  updated_at: Date
}

/** The memories whose present content an app wrote, the last changed first. */
export function listMemoriesOfApp(
  db: Db,
  userId: string,
  appId: string,
  { limit, valueLimit }: { limit: number; valueLimit: number }
): Promise<WrittenMemory[]> {
  return db
    .selectFrom(memoriesOfApp(db, userId, sql`${appId}`).as('memories'))
    .select(['memory_id', 'agent_name', 'key', 'updated_at', ...valueBeginning(valueLimit)])
    .where(isLive())
    .orderBy('updated_at', 'desc')
    .limit(limit)
    .execute()
}

/** The memories of each app: id -> number. `limit` stands for that many or more. */
export async function countMemoriesOfApps(
  db: Db,
  userId: string,
  appIds: string[],
  limit: number
): Promise<Map<string, number>> {
  const counted = db
    .selectFrom(memoriesOfApp(db, userId, sql.ref('a.app_id')).as('memories'))
    .select('memory_id')
    .where(isLive())
    .limit(limit)
  const rows = await db
    .selectFrom(sql<{ app_id: string }>`unnest(${appIds}::text[])`.as<'a'>(sql`a(app_id)`))
    .innerJoinLateral(
      db
        .selectFrom(counted.as('m'))
        .select(sql<number>`count(*)::int`.as('memories'))
        .as('n'),
      (join) => join.onTrue()
    )
    .select(['a.app_id', 'n.memories'])
    .execute()
  return new Map(rows.map(({ app_id: appId, memories }) => [appId, memories]))
}

/** All memories of an app, the last changed first, as index memories_app has them. */
function memoriesOfApp(db: Db, userId: string, appId: RawBuilder<unknown>) {
  return db
    .selectFrom('memories')
    .selectAll()
    .where(isOwnedBy('app', userId))
    .where(sql<boolean>`${appOfSource} = ${appId}`)
    .orderBy('updated_at', 'desc')
    .limit(unknownLimit)
}
