import { sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import { secretDigest } from '../../lib/secrets.ts'

/**
 * Consumes the jti of a proof by the key with thumbprint `jkt` and keeps it for `seconds`. Returns
 * false if it was used before (RFC 9449 §11.1).
 */
export async function consumeDpopProof(
  db: Db,
  jkt: string,
  jti: string,
  seconds: number
): Promise<boolean> {
  const consumedProof = await db
    .insertInto('oauth_dpop_proofs')
    .values({
      proof_hash: secretDigest(`${jkt} ${jti}`),
      expires_at: sql`now() + make_interval(secs => ${seconds})`
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('proof_hash')
    .executeTakeFirst()
  return consumedProof !== undefined
}

/** Deletes the hashes of proofs that have expired. Index oauth_dpop_proofs_expiry. */
export async function deleteExpiredDpopProofs(db: Db): Promise<void> {
  await db
    .deleteFrom('oauth_dpop_proofs')
    .where('expires_at', '<', sql<Date>`now()`)
    .execute()
}
