import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { secretDigest } from '../../lib/secrets.ts'

/**
 * Consumes a challenge, a state or a pending sign-in that is valid for `seconds`. Returns false if
 * it was used before: of two concurrent callers one gets true.
 */
export async function consumeChallenge(
  db: Db,
  challenge: string,
  seconds: number
): Promise<boolean> {
  const consumedChallenge = await db
    .insertInto('consumed_challenges')
    .values({
      challenge_hash: secretDigest(challenge),
      expires_at: sql`now() + make_interval(secs => ${seconds})`
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('challenge_hash')
    .executeTakeFirst()
  return consumedChallenge !== undefined
}

/** Deletes what has expired. Index consumed_challenges_expiry. */
export async function deleteExpiredChallenges(db: Db): Promise<void> {
  await db
    .deleteFrom('consumed_challenges')
    .where('expires_at', '<', sql<Date>`now()`)
    .execute()
}
