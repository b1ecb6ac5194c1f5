import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'

/** The day in UTC. */
const CURRENT_DAY = sql<string>`(now() at time zone 'utc')::date`

/**
 * Counts a request before the caller sends it, in one statement. Returns false if the user has sent
 * `limit` requests to the provider today.
 */
export async function countWebRequest(
  db: Db,
  userId: string,
  provider: string,
  limit: number
): Promise<boolean> {
  if (limit === 0) return false
  const countedRow = await db
    .insertInto('web_requests')
    .values({ user_id: userId, provider, day: CURRENT_DAY, requests: 1 })
    .onConflict((conflict) =>
      conflict
        .columns(['user_id', 'provider', 'day'])
        .doUpdateSet({ requests: sql`web_requests.requests + 1` })
        .where('web_requests.requests', '<', limit)
    )
    .returning('requests')
    .executeTakeFirst()
  return countedRow !== undefined
}

/** Deletes the counts of all days before yesterday. */
export async function deleteOldWebRequests(db: Db): Promise<void> {
  await db
    .deleteFrom('web_requests')
    .where('day', '<', sql<string>`${CURRENT_DAY} - 1`)
    .execute()
}
