import { sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'

/** A previous secret of a client that is still accepted, beside the one in oauth_clients. */
export interface FormerSecret {
  created_at: Date
  expires_at: Date
}

/**
 * Keeps the current secret valid for `seconds` after another replaces it; returns its new end.
 * undefined if the client has no secret. Call it before the replacement, in the same transaction.
 */
export async function insertFormerSecret(
  trx: Trx,
  clientId: string,
  seconds: number
): Promise<Date | undefined> {
  const currentSecret = trx
    .selectFrom('oauth_clients')
    .select([
      'client_id',
      'client_secret_hash as secret_hash',
      sql<Date>`now() + make_interval(secs => ${seconds})`.as('expires_at')
    ])
    .where('client_id', '=', clientId)
    .where('client_secret_hash', 'is not', null)
  const formerSecret = await trx
    .insertInto('oauth_client_secrets')
    .columns(['client_id', 'secret_hash', 'expires_at'])
    .expression(
      currentSecret.$castTo<{ client_id: string; secret_hash: string; expires_at: Date }>()
    )
    .onConflict((conflict) =>
      conflict
        .columns(['client_id', 'secret_hash'])
        .doUpdateSet({ expires_at: sql`excluded.expires_at` })
    )
    .returning('expires_at')
    .executeTakeFirst()
  return formerSecret?.expires_at
}

/**
 * At most this many previous secrets of a client count, the longest-lived first; each rotation adds
 * one.
 */
const MAX_FORMER_SECRETS = 100

/** The SHA-256 hashes of the previous secrets that are still accepted. */
export async function listFormerSecretHashes(db: Db, clientId: string): Promise<string[]> {
  const secretRows = await selectLiveSecrets(db, clientId)
    .select('secret_hash')
    .orderBy('expires_at', 'desc')
    .limit(MAX_FORMER_SECRETS)
    .execute()
  return secretRows.map(({ secret_hash: hash }) => hash)
}

/** When each previous secret was kept and when it ends; never the secret itself. */
export function listFormerSecrets(db: Db, clientId: string): Promise<FormerSecret[]> {
  return selectLiveSecrets(db, clientId)
    .select(['created_at', 'expires_at'])
    .orderBy('expires_at', 'desc')
    .limit(MAX_FORMER_SECRETS)
    .execute()
}

function selectLiveSecrets(db: Db, clientId: string) {
  return db
    .selectFrom('oauth_client_secrets')
    .where('client_id', '=', clientId)
    .where('expires_at', '>', sql<Date>`now()`) // primary key
}

/** Ends all previous secrets of a client; the one in oauth_clients stays. */
export async function deleteFormerSecrets(db: Db, clientId: string): Promise<void> {
  await db.deleteFrom('oauth_client_secrets').where('client_id', '=', clientId).execute()
}

/** Deletes previous secrets that have ended. */
export async function deleteExpiredSecrets(db: Db): Promise<void> {
  await db
    .deleteFrom('oauth_client_secrets')
    .where('expires_at', '<=', sql<Date>`now()`)
    .execute()
}
