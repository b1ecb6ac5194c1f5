import { type Selectable, sql } from 'kysely'
import { auditJson, type NewAuditLog } from '../connection/audit-entry.ts'
import type { Db } from '../connection/connect.ts'
import { lookup } from '../connection/lookup.ts'
import { secretDigest } from '../../lib/secrets.ts'
import type { OauthAuthorizationCodesTable } from '../schema/index.ts'
import { hashesOf, newTokenPair, type NewTokens, pairFor, type TokenPair } from './token-pair.ts'

export const CODE_PREFIX = 'kgc_'
/** A code with a wrong verifier this many times is spent. */
export const MAX_FAILED_VERIFICATIONS = 5

/** `grant_live`: the grant is not revoked and its user not disabled. */
export type PresentedCode = Omit<
  Selectable<OauthAuthorizationCodesTable>,
  'code_hash' | 'redirect_uri_given' | 'created_at' | 'expires_at' | 'used_at'
> & {
  expired: boolean
  grant_live: boolean
  seconds_since_use: number | null
}

const findByHash = lookup('find_authorization_code', ['hash'], (db, of) =>
  db
    .selectFrom('oauth_authorization_codes as a')
    .innerJoin('oauth_grants as g', 'g.grant_id', 'a.grant_id')
    .innerJoin('users as u', 'u.user_id', 'a.user_id')
    .select([
      'a.grant_id',
      'a.client_id',
      'a.user_id',
      'a.redirect_uri',
      'a.scope',
      'a.resource',
      'a.code_challenge',
      'a.code_challenge_method',
      'a.failed_verifications',
      'a.dpop_jkt',
      sql<boolean>`a.expires_at <= now()`.as('expired'),
      sql<boolean>`g.revoked_at is null and u.disabled_at is null`.as('grant_live'),
      sql<number | null>`extract(epoch from now() - a.used_at)::double precision`.as(
        'seconds_since_use'
      )
    ])
    .where('code_hash', '=', of.hash)
) // primary key

export function findAuthorizationCode(db: Db, code: string): Promise<PresentedCode | undefined> {
  return findByHash(db, { hash: secretDigest(code) })
}

const redeem = pairFor<{ code_hash: string }>('redeem_authorization_code', {
  table: 'oauth_authorization_codes',
  own: ['code_hash'],
  spendable: sql`t.code_hash = asked.code_hash and t.used_at is null and t.expires_at > now() and t.failed_verifications < ${sql.lit(MAX_FAILED_VERIFICATIONS)}`,
  set: { used_at: sql`now()` }
})

/**
 * Spends the code for a pair, once: of two callers at the same instant one gets undefined. RFC 6749
 * §4.1.2.
 */
export async function redeemAuthorizationCode(
  db: Db,
  code: string,
  row: NewTokens,
  entry: NewAuditLog
): Promise<TokenPair | undefined> {
  const pair = newTokenPair(row.refresh_days)
  return (await redeem(db, {
    ...row,
    ...hashesOf(pair),
    noted: auditJson([entry]),
    code_hash: secretDigest(code)
  }))
    ? pair
    : undefined
}

export async function countFailedVerification(db: Db, code: string): Promise<void> {
  await db
    .updateTable('oauth_authorization_codes')
    .set(({ eb }) => ({ failed_verifications: eb('failed_verifications', '+', 1) }))
    .where('code_hash', '=', secretDigest(code))
    .execute()
}

/**
 * Used codes are kept for a day after they expire, so that a replay is recognised. Those that
 * were never used go with their grants.
 */
export async function deleteOldAuthorizationCodes(db: Db): Promise<void> {
  await db
    .deleteFrom('oauth_authorization_codes')
    .where('used_at', 'is not', null)
    .where('expires_at', '<', sql<Date>`now() - interval '1 day'`)
    .execute()
}
