import { sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'
import { secretDigest, newSecret } from '../../lib/secrets.ts'

const unexpired = sql<boolean>`expires_at > now()`

/**
 * A one-time token for the first-run set-up page, good for 24 hours. Expired ones are cleared away.
 */
export async function issueSetupLink(db: Db): Promise<string> {
  const token = newSecret()
  await db
    .deleteFrom('setup_links')
    .where('expires_at', '<=', sql<Date>`now()`)
    .execute()
  await db
    .insertInto('setup_links')
    .values({ token_hash: secretDigest(token), expires_at: sql`now() + interval '24 hours'` })
    .execute()
  return token
}

export async function findSetupLink(db: Db, token: string): Promise<boolean> {
  return (
    (await db
      .selectFrom('setup_links')
      .select('token_hash')
      .where('token_hash', '=', secretDigest(token))
      .where(unexpired)
      .executeTakeFirst()) !== undefined
  )
}

/** Spends the link, and with it all others: only one first administrator is ever set up. */
export async function consumeSetupLink(trx: Trx, token: string): Promise<boolean> {
  const spent = await trx
    .deleteFrom('setup_links')
    .where('token_hash', '=', secretDigest(token))
    .where(unexpired)
    .returning('token_hash')
    .executeTakeFirst()
  if (spent) await trx.deleteFrom('setup_links').execute()
  return spent !== undefined
}
