import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { secretDigest } from '../../lib/secrets.ts'

/**
 * Spends the jti of a client's assertion, which must be kept for `seconds`: false when it was used
 * before (RFC 7523 §3).
 */
export async function consumeClientAssertion(
  db: Db,
  clientId: string,
  jti: string,
  seconds: number
): Promise<boolean> {
  const spent = await db
    .insertInto('oauth_client_assertions')
    .values({
      client_id: clientId,
      jti_hash: secretDigest(jti),
      expires_at: sql`now() + make_interval(secs => ${seconds})`
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('client_id')
    .executeTakeFirst()
  return spent !== undefined
}

export async function deleteExpiredClientAssertions(db: Db): Promise<void> {
  await db
    .deleteFrom('oauth_client_assertions')
    .where('expires_at', '<', sql<Date>`now()`)
    .execute() // index oauth_client_assertions_expiry
}
