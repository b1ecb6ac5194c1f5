import { sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'

/** A live secret of a client beside the one in oauth_clients. */
export interface FormerSecret {
  created_at: Date
  expires_at: Date
}

/**
 * Keeps the present secret of a client alive for `seconds` after another replaces it; says until
 * when. undefined when the client has none. Call it before the other is made, in the same
 * transaction.
 */
export async function insertFormerSecret(
  trx: Trx,
  clientId: string,
  seconds: number
): Promise<Date | undefined> {
  const present = trx
    .selectFrom('oauth_clients')
    .select([
      'client_id',
      'client_secret_hash as secret_hash',
      sql<Date>`now() + make_interval(secs => ${seconds})`.as('expires_at')
    ])
    .where('client_id', '=', clientId)
    .where('client_secret_hash', 'is not', null)
  const kept = await trx
    .insertInto('oauth_client_secrets')
    .columns(['client_id', 'secret_hash', 'expires_at'])
    .expression(present.$castTo<{ client_id: string; secret_hash: string; expires_at: Date }>())
    .onConflict((conflict) =>
      conflict
        .columns(['client_id', 'secret_hash'])
        .doUpdateSet({ expires_at: sql`excluded.expires_at` })
    )
    .returning('expires_at')
    .executeTakeFirst()
  return kept?.expires_at
}

/** Of one client so many count, those that live longest: a rotation keeps one. */
const MAX_FORMER_SECRETS = 100

/** The SHA-256 of each further live secret of a client. */
export async function listFormerSecretHashes(db: Db, clientId: string): Promise<string[]> {
  const rows = await live(db, clientId)
    .select('secret_hash')
    .orderBy('expires_at', 'desc')
    .limit(MAX_FORMER_SECRETS)
    .execute()
  return rows.map(({ secret_hash: hash }) => hash)
}

/** When the further secrets of a client were kept and until when they live; never what they are. */
export function listFormerSecrets(db: Db, clientId: string): Promise<FormerSecret[]> {
  return live(db, clientId)
    .select(['created_at', 'expires_at'])
    .orderBy('expires_at', 'desc')
    .limit(MAX_FORMER_SECRETS)
    .execute()
}

function live(db: Db, clientId: string) {
  return db
    .selectFrom('oauth_client_secrets')
    .where('client_id', '=', clientId)
    .where('expires_at', '>', sql<Date>`now()`) // primary key
}

/** Ends all secrets of a client but the one in oauth_clients. */
export async function deleteFormerSecrets(db: Db, clientId: string): Promise<void> {
  await db.deleteFrom('oauth_client_secrets').where('client_id', '=', clientId).execute()
}

export async function deleteExpiredSecrets(db: Db): Promise<void> {
  await db
    .deleteFrom('oauth_client_secrets')
    .where('expires_at', '<=', sql<Date>`now()`)
    .execute()
}
