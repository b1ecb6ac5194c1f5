import { sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'
import { secretDigest, newSecret } from '../../lib/secrets.ts'

const isLinkUnexpired = sql<boolean>`expires_at > now()`

/**
 * Issues a one-time token for the first-run setup page, valid for 24 hours. Deletes expired ones.
 */
export async function issueSetupLink(db: Db): Promise<string> {
  const setupToken = newSecret()
  await db
    .deleteFrom('setup_links')
    .where('expires_at', '<=', sql<Date>`now()`)
    .execute()
  await db
    .insertInto('setup_links')
    .values({ token_hash: secretDigest(setupToken), expires_at: sql`now() + interval '24 hours'` })
    .execute()
  return setupToken
}

/** Whether the token is valid. It stays valid. */
export async function findSetupLink(db: Db, token: string): Promise<boolean> {
  return (
    (await db
      .selectFrom('setup_links')
      .select('token_hash')
      .where('token_hash', '=', secretDigest(token))
      .where(isLinkUnexpired)
      .executeTakeFirst()) !== undefined
  )
}

/** Consumes the token and all others, because only one first administrator is ever set up. */
export async function consumeSetupLink(trx: Trx, token: string): Promise<boolean> {
  const consumedLink = await trx
    .deleteFrom('setup_links')
    .where('token_hash', '=', secretDigest(token))
    .where(isLinkUnexpired)
    .returning('token_hash')
    .executeTakeFirst()
  if (consumedLink) await trx.deleteFrom('setup_links').execute()
  return consumedLink !== undefined
}
