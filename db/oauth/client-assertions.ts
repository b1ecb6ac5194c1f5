import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { secretDigest } from '../../lib/secrets.ts'

/**
 * Consumes the jti of a client assertion and keeps it for `seconds`. Returns false if it was used
 * before (RFC 7523 §3).
 */
export async function consumeClientAssertion(
  db: Db,
  clientId: string,
  jti: string,
  seconds: number
): Promise<boolean> {
  const consumedAssertion = await db
    .insertInto('oauth_client_assertions')
    .values({
      client_id: clientId,
      jti_hash: secretDigest(jti),
      expires_at: sql`now() + make_interval(secs => ${seconds})`
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('client_id')
    .executeTakeFirst()
  return consumedAssertion !== undefined
}

/** Deletes the jti values of assertions that have expired. Index oauth_client_assertions_expiry. */
export async function deleteExpiredClientAssertions(db: Db): Promise<void> {
  await db
    .deleteFrom('oauth_client_assertions')
    .where('expires_at', '<', sql<Date>`now()`)
    .execute()
}
