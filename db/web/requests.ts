import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'

const TODAY = sql<string>`(now() at time zone 'utc')::date`

/**
 * Counts a request of today before it is made, in one statement; false when the person has had
 * `limit` of that provider already.
 */
export async function countWebRequest(
  db: Db,
  userId: string,
  provider: string,
  limit: number
): Promise<boolean> {
  if (limit === 0) return false
  const counted = await db
    .insertInto('web_requests')
    .values({ user_id: userId, provider, day: TODAY, requests: 1 })
    .onConflict((conflict) =>
      conflict
        .columns(['user_id', 'provider', 'day'])
        .doUpdateSet({ requests: sql`web_requests.requests + 1` })
        .where('web_requests.requests', '<', limit)
    )
    .returning('requests')
    .executeTakeFirst()
  return counted !== undefined
}

export async function deleteOldWebRequests(db: Db): Promise<void> {
  await db
    .deleteFrom('web_requests')
    .where('day', '<', sql<string>`${TODAY} - 1`)
    .execute()
}
