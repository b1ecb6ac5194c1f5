import { type Selectable, sql } from 'kysely'
import { auditJson, type NewAuditLog } from '../connection/audit-entry.ts'
import type { Db } from '../connection/connect.ts'
import { prepareLookup } from '../connection/lookup.ts'
import { secretDigest } from '../../lib/secrets.ts'
import type { AccessLimits, OauthAuthorizationCodesTable } from '../schema/index.ts'
import { grantLimitColumns, isGrantLive } from './conditions.ts'
import {
  hashTokenPair,
  newTokenPair,
  type NewTokens,
  prepareRedemption,
  type TokenPair
} from './token-pair.ts'

export const CODE_PREFIX = 'kgc_'
/** After this many wrong verifiers the code can no longer be redeemed. */
export const MAX_FAILED_VERIFICATIONS = 5

/** A stored code. `grant_live`: the grant is not revoked and its user is not disabled. */
export type PresentedCode = Omit<
  Selectable<OauthAuthorizationCodesTable>,
  'code_hash' | 'redirect_uri_given' | 'created_at' | 'expires_at' | 'used_at'
> &
  AccessLimits & {
    expired: boolean
    grant_live: boolean
    seconds_since_use: number | null
  }

const findCodeByHash = prepareLookup('find_authorization_code', ['hash'], (db, slots) =>
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
      ...grantLimitColumns,
      sql<boolean>`a.expires_at <= now()`.as('expired'),
      isGrantLive.as('grant_live'),
      sql<number | null>`extract(epoch from now() - a.used_at)::double precision`.as(
        'seconds_since_use'
      )
    ])
    .where('code_hash', '=', slots.hash)
) // primary key

/** The stored code with what decides whether it counts; undefined if it was never issued. */
export function findAuthorizationCode(db: Db, code: string): Promise<PresentedCode | undefined> {
  return findCodeByHash(db, { hash: secretDigest(code) })
}

const redeemCodeForPair = prepareRedemption<{ code_hash: string }>('redeem_authorization_code', {
  table: 'oauth_authorization_codes',
  extraColumns: ['code_hash'],
  isRedeemable: sql`t.code_hash = input.code_hash and t.used_at is null and t.expires_at > now()
    and t.failed_verifications < ${sql.lit(MAX_FAILED_VERIFICATIONS)}`,
  set: { used_at: sql`now()` }
})

/**
 * Redeems the code for a token pair, once: of two concurrent callers one gets undefined. RFC 6749
 * §4.1.2.
 */
export async function redeemAuthorizationCode(
  db: Db,
  code: string,
  row: NewTokens,
  entry: NewAuditLog
): Promise<TokenPair | undefined> {
  const tokenPair = newTokenPair(row.refresh_days)
  return (await redeemCodeForPair(db, {
    ...row,
    ...hashTokenPair(tokenPair),
    noted: auditJson([entry]),
    code_hash: secretDigest(code)
  }))
    ? tokenPair
    : undefined
}

/** Counts a wrong code verifier. See MAX_FAILED_VERIFICATIONS. */
export async function countFailedVerification(db: Db, code: string): Promise<void> {
  await db
    .updateTable('oauth_authorization_codes')
    .set(({ eb }) => ({ failed_verifications: eb('failed_verifications', '+', 1) }))
    .where('code_hash', '=', secretDigest(code))
    .execute()
}

/**
 * Deletes used codes one day after they expire; until then a replay is recognised. Unused codes are
 * deleted with their grants.
 */
export async function deleteOldAuthorizationCodes(db: Db): Promise<void> {
  await db
    .deleteFrom('oauth_authorization_codes')
    .where('used_at', 'is not', null)
    .where('expires_at', '<', sql<Date>`now() - interval '1 day'`)
    .execute()
}
