import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { secretDigest } from '../../lib/secrets.ts'

/**
 * Spends the jti of a proof by the key with that thumbprint, which must be kept for `seconds`:
 * false when it was used before (RFC 9449 §11.1).
 */
export async function consumeDpopProof(
  db: Db,
  jkt: string,
  jti: string,
  seconds: number
): Promise<boolean> {
  const spent = await db
    .insertInto('oauth_dpop_proofs')
    .values({
      proof_hash: secretDigest(`${jkt} ${jti}`),
      expires_at: sql`now() + make_interval(secs => ${seconds})`
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('proof_hash')
    .executeTakeFirst()
  return spent !== undefined
}

export async function deleteExpiredDpopProofs(db: Db): Promise<void> {
  await db
    .deleteFrom('oauth_dpop_proofs')
    .where('expires_at', '<', sql<Date>`now()`)
    .execute() // index oauth_dpop_proofs_expiry
}
