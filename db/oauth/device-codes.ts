import { type Insertable, type Selectable, sql } from 'kysely'
import { auditJson, type NewAuditLog } from '../connection/audit-entry.ts'
import type { Db, Trx } from '../connection/connect.ts'
import { secretDigest, newSecret } from '../../lib/secrets.ts'
import type { AccessLimits, OauthDeviceCodesTable } from '../schema/index.ts'
import { grantLimitColumns, isGrantLive } from './conditions.ts'
import {
  hashTokenPair,
  newTokenPair,
  type NewTokens,
  prepareRedemption,
  type TokenPair
} from './token-pair.ts'

export const DEVICE_CODE_PREFIX = 'kgd_'
export const DEVICE_CODE_SECONDS = 900
/** The interval grows by this each time a device polls too soon (RFC 8628 §3.5). */
const EXTRA_INTERVAL_SECONDS = 5

export type DeviceCode = Selectable<OauthDeviceCodesTable> & { expired: boolean }
/**
 * A stored code. `user_id`, `grant_scope` and the limits come from the approval. `grant_live`: the
 * grant is not revoked and its user is not disabled.
 */
export type PresentedDeviceCode = DeviceCode & {
  [Limit in keyof AccessLimits]: AccessLimits[Limit] | null
} & {
  user_id: string | null
  grant_scope: string | null
  grant_live: boolean
}

const isExpired = sql<boolean>`d.expires_at <= now()`

/**
 * Issues a device code for 15 minutes; undefined if the user code exists already. Then draw another
 * one.
 */
export async function issueDeviceCode(
  db: Db,
  row: Omit<Insertable<OauthDeviceCodesTable>, 'device_code_hash' | 'expires_at'>
): Promise<string | undefined> {
  const deviceCode = newSecret(DEVICE_CODE_PREFIX)
  const insertedCode = await db
    .insertInto('oauth_device_codes')
    .values({
      ...row,
      device_code_hash: secretDigest(deviceCode),
      expires_at: sql`now() + make_interval(secs => ${DEVICE_CODE_SECONDS})`
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('device_code_hash')
    .executeTakeFirst()
  return insertedCode && deviceCode
}

/** By the code that the device presents (primary key). */
export function findDeviceCode(db: Db, code: string): Promise<PresentedDeviceCode | undefined> {
  return selectPresentedCodes(db)
    .where('d.device_code_hash', '=', secretDigest(code))
    .executeTakeFirst()
}

/** By the hash that a signed form carries (primary key). */
export function findDeviceCodeByHash(
  db: Db,
  hash: string
): Promise<PresentedDeviceCode | undefined> {
  return selectPresentedCodes(db).where('d.device_code_hash', '=', hash).executeTakeFirst()
}

/** By the hash of the user code, keyed with the server secret (unique index). */
export function findDeviceCodeByUserCode(
  db: Db,
  userCodeHash: string
): Promise<PresentedDeviceCode | undefined> {
  return selectPresentedCodes(db).where('d.user_code_hash', '=', userCodeHash).executeTakeFirst()
}

function selectPresentedCodes(db: Db) {
  return db
    .selectFrom('oauth_device_codes as d')
    .leftJoin('oauth_grants as g', 'g.grant_id', 'd.grant_id')
    .leftJoin('users as u', 'u.user_id', 'g.user_id')
    .selectAll('d')
    .select([
      'g.user_id',
      'g.scope as grant_scope',
      ...grantLimitColumns,
      isExpired.as('expired'),
      sql<boolean>`g.grant_id is not null and ${isGrantLive}`.as('grant_live')
    ])
}

/**
 * Counts a poll. Returns false if the device polled before its interval was over; the interval then
 * grows. One second of tolerance allows for network delays.
 */
export async function countPoll(db: Db, hash: string): Promise<boolean> {
  const inTime = await db
    .updateTable('oauth_device_codes')
    .set({ last_polled_at: sql`now()` })
    .where('device_code_hash', '=', hash)
    .where(
      sql<boolean>`(last_polled_at is null
        or last_polled_at <= now() - make_interval(secs => interval_seconds - 1))`
    )
    .returning('device_code_hash')
    .executeTakeFirst()
  if (inTime) return true
  await db
    .updateTable('oauth_device_codes')
    .set(({ eb }) => ({
      last_polled_at: sql`now()`,
      interval_seconds: eb('interval_seconds', '+', EXTRA_INTERVAL_SECONDS)
    }))
    .where('device_code_hash', '=', hash)
    .execute()
  return false
}

/** Links the code to its grant, once. Returns false if it is already decided or has expired. */
export async function approveDeviceCode(trx: Trx, hash: string, grantId: string): Promise<boolean> {
  return (
    (await updateUndecidedCode(trx, hash)
      .set({ grant_id: grantId })
      .returning('device_code_hash')
      .executeTakeFirst()) !== undefined
  )
}

/** Records the refusal, once. Returns false if the code is already decided or has expired. */
export async function denyDeviceCode(db: Db, hash: string): Promise<boolean> {
  return (
    (await updateUndecidedCode(db, hash)
      .set({ denied_at: sql`now()` })
      .returning('device_code_hash')
      .executeTakeFirst()) !== undefined
  )
}

function updateUndecidedCode(db: Db, hash: string) {
  return db
    .updateTable('oauth_device_codes')
    .where('device_code_hash', '=', hash)
    .where('grant_id', 'is', null)
    .where('denied_at', 'is', null)
    .where('expires_at', '>', sql<Date>`now()`)
}

const redeemDeviceCodeForPair = prepareRedemption<{ device_code_hash: string }>(
  'redeem_device_code',
  {
    table: 'oauth_device_codes',
    extraColumns: ['device_code_hash'],
    isRedeemable: sql`t.device_code_hash = input.device_code_hash and t.grant_id is not null
    and t.used_at is null and t.expires_at > now()`,
    set: { used_at: sql`now()` }
  }
)

/**
 * Redeems the approved code for a token pair, once: of two concurrent polls one gets undefined. RFC
 * 8628 §3.4.
 */
export async function redeemDeviceCode(
  db: Db,
  hash: string,
  row: NewTokens,
  entry: NewAuditLog
): Promise<TokenPair | undefined> {
  const tokenPair = newTokenPair(row.refresh_days)
  return (await redeemDeviceCodeForPair(db, {
    ...row,
    ...hashTokenPair(tokenPair),
    noted: auditJson([entry]),
    device_code_hash: hash
  }))
    ? tokenPair
    : undefined
}

/**
 * Deletes codes one hour after they expire; until then the device and the user are told that they
 * expired. Index oauth_device_codes_expiry.
 */
export async function deleteOldDeviceCodes(db: Db): Promise<void> {
  await db
    .deleteFrom('oauth_device_codes')
    .where('expires_at', '<', sql<Date>`now() - interval '1 hour'`)
    .execute()
}
