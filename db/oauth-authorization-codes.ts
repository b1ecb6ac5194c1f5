import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db, Trx } from './connect.ts'
import type { OauthAuthorizationCodesTable } from './tables/index.ts'
import { digest } from './secrets.ts'

export const CODE_PREFIX = 'kgc_'
/** A code with a wrong verifier this many times is spent. */
export const MOST_FAILED_VERIFICATIONS = 5

export type AuthorizationCode = Selectable<OauthAuthorizationCodesTable>
/** `grant_live`: the grant is not revoked and its user not disabled. */
export type PresentedCode = AuthorizationCode & { expired: boolean, grant_live: boolean, seconds_since_use: number | null }

/** Stores the code for ten minutes (RFC 6749 §4.1.2). Throws on a code that is there already (unique violation). */
export async function insertAuthorizationCode (trx: Trx, code: string, row: Omit<Insertable<OauthAuthorizationCodesTable>, 'code_hash' | 'expires_at'>): Promise<void> {
  await trx.insertInto('oauth_authorization_codes').values({ ...row, code_hash: digest(code), expires_at: sql`now() + interval '10 minutes'` }).execute()
}

export function findAuthorizationCode (db: Db, code: string): Promise<PresentedCode | undefined> {
  return db.selectFrom('oauth_authorization_codes as a')
    .innerJoin('oauth_grants as g', 'g.grant_id', 'a.grant_id').innerJoin('users as u', 'u.user_id', 'a.user_id')
    .selectAll('a').select([
      sql<boolean>`a.expires_at <= now()`.as('expired'),
      sql<boolean>`g.revoked_at is null and u.disabled_at is null`.as('grant_live'),
      sql<number | null>`extract(epoch from now() - a.used_at)::double precision`.as('seconds_since_use')
    ])
    .where('code_hash', '=', digest(code)).executeTakeFirst() // primary key
}

/** Spends the code, once: of two callers at the same instant one gets false. RFC 6749 §4.1.2. */
export async function spendAuthorizationCode (trx: Trx, code: string): Promise<boolean> {
  const spent = await trx.updateTable('oauth_authorization_codes').set({ used_at: sql`now()` })
    .where('code_hash', '=', digest(code)).where('used_at', 'is', null).where('expires_at', '>', sql<Date>`now()`)
    .where('failed_verifications', '<', MOST_FAILED_VERIFICATIONS)
    .returning('code_hash').executeTakeFirst()
  return spent !== undefined
}

export async function countFailedVerification (db: Db, code: string): Promise<void> {
  await db.updateTable('oauth_authorization_codes').set(({ eb }) => ({ failed_verifications: eb('failed_verifications', '+', 1) }))
    .where('code_hash', '=', digest(code)).execute()
}

/** Codes are kept for a day after they expire, so that a replay is recognised. */
export async function deleteOldAuthorizationCodes (db: Db): Promise<void> {
  await db.deleteFrom('oauth_authorization_codes').where('expires_at', '<', sql<Date>`now() - interval '1 day'`).execute()
}
