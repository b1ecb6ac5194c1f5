import { type Insertable, type Selectable, sql } from 'kysely'
import { auditJson, type NewAuditLog } from '../connection/audit-entry.ts'
import type { Db, Trx } from '../connection/connect.ts'
import { secretDigest, newSecret } from '../../lib/secrets.ts'
import type { OauthDeviceCodesTable } from '../schema/index.ts'
import { hashesOf, newTokenPair, type NewTokens, pairFor, type TokenPair } from './token-pair.ts'

export const DEVICE_CODE_PREFIX = 'kgd_'
export const DEVICE_CODE_SECONDS = 900
/** How much longer the interval gets each time a device asks too soon (RFC 8628 §3.5). */
const SLOWER_BY = 5

export type DeviceCode = Selectable<OauthDeviceCodesTable> & { expired: boolean }
/**
 * `user_id` and `grant_scope` are those of the approval; `grant_live`: the grant is not revoked and
 * its user not disabled.
 */
export type PresentedDeviceCode = DeviceCode & {
  user_id: string | null
  grant_scope: string | null
  grant_live: boolean
}

const expired = sql<boolean>`d.expires_at <= now()`

/**
 * The new device code, for 15 minutes; undefined when the user code is one of those there are, and
 * another must be drawn.
 */
export async function issueDeviceCode(
  db: Db,
  row: Omit<Insertable<OauthDeviceCodesTable>, 'device_code_hash' | 'expires_at'>
): Promise<string | undefined> {
  const code = newSecret(DEVICE_CODE_PREFIX)
  const issued = await db
    .insertInto('oauth_device_codes')
    .values({
      ...row,
      device_code_hash: secretDigest(code),
      expires_at: sql`now() + make_interval(secs => ${DEVICE_CODE_SECONDS})`
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('device_code_hash')
    .executeTakeFirst()
  return issued && code
}

export function findDeviceCode(db: Db, code: string): Promise<PresentedDeviceCode | undefined> {
  return presented(db).where('d.device_code_hash', '=', secretDigest(code)).executeTakeFirst() // primary key
}

/** By the hash that a form of ours carries. */
export function findDeviceCodeByHash(
  db: Db,
  hash: string
): Promise<PresentedDeviceCode | undefined> {
  return presented(db).where('d.device_code_hash', '=', hash).executeTakeFirst() // primary key
}

/** By what the person typed, keyed by the server's secret. */
export function findDeviceCodeByUserCode(
  db: Db,
  userCodeHash: string
): Promise<PresentedDeviceCode | undefined> {
  return presented(db).where('d.user_code_hash', '=', userCodeHash).executeTakeFirst() // unique index
}

function presented(db: Db) {
  return db
    .selectFrom('oauth_device_codes as d')
    .leftJoin('oauth_grants as g', 'g.grant_id', 'd.grant_id')
    .leftJoin('users as u', 'u.user_id', 'g.user_id')
    .selectAll('d')
    .select([
      'g.user_id',
      'g.scope as grant_scope',
      expired.as('expired'),
      sql<boolean>`g.grant_id is not null and g.revoked_at is null and u.disabled_at is null`.as(
        'grant_live'
      )
    ])
}

/**
 * Notes that the device asked; false when it did so before its interval was over, which then gets
 * longer. A second less is forgiven to the network.
 */
export async function countPoll(db: Db, hash: string): Promise<boolean> {
  const inTime = await db
    .updateTable('oauth_device_codes')
    .set({ last_polled_at: sql`now()` })
    .where('device_code_hash', '=', hash)
    .where(
      sql<boolean>`(last_polled_at is null or last_polled_at <= now() - make_interval(secs => interval_seconds - 1))`
    )
    .returning('device_code_hash')
    .executeTakeFirst()
  if (inTime) return true
  await db
    .updateTable('oauth_device_codes')
    .set(({ eb }) => ({
      last_polled_at: sql`now()`,
      interval_seconds: eb('interval_seconds', '+', SLOWER_BY)
    }))
    .where('device_code_hash', '=', hash)
    .execute()
  return false
}

/** Gives the code its grant, once; false when it has been decided on, or has expired. */
export async function approveDeviceCode(trx: Trx, hash: string, grantId: string): Promise<boolean> {
  return (
    (await decide(trx, hash)
      .set({ grant_id: grantId })
      .returning('device_code_hash')
      .executeTakeFirst()) !== undefined
  )
}

/** Notes the refusal, once; false when it has been decided on, or has expired. */
export async function denyDeviceCode(db: Db, hash: string): Promise<boolean> {
  return (
    (await decide(db, hash)
      .set({ denied_at: sql`now()` })
      .returning('device_code_hash')
      .executeTakeFirst()) !== undefined
  )
}

function decide(db: Db, hash: string) {
  return db
    .updateTable('oauth_device_codes')
    .where('device_code_hash', '=', hash)
    .where('grant_id', 'is', null)
    .where('denied_at', 'is', null)
    .where('expires_at', '>', sql<Date>`now()`)
}

const redeem = pairFor<{ device_code_hash: string }>('redeem_device_code', {
  table: 'oauth_device_codes',
  own: ['device_code_hash'],
  spendable: sql`t.device_code_hash = asked.device_code_hash and t.grant_id is not null and t.used_at is null and t.expires_at > now()`,
  set: { used_at: sql`now()` }
})

/**
 * Spends the approved code for a pair, once: of two polls at the same instant one gets undefined.
 * RFC 8628 §3.4.
 */
export async function redeemDeviceCode(
  db: Db,
  hash: string,
  row: NewTokens,
  entry: NewAuditLog
): Promise<TokenPair | undefined> {
  const pair = newTokenPair(row.refresh_days)
  return (await redeem(db, {
    ...row,
    ...hashesOf(pair),
    noted: auditJson([entry]),
    device_code_hash: hash
  }))
    ? pair
    : undefined
}

/** Codes are kept for an hour after they expire, so that the device and the person are told so. */
export async function deleteOldDeviceCodes(db: Db): Promise<void> {
  await db
    .deleteFrom('oauth_device_codes')
    .where('expires_at', '<', sql<Date>`now() - interval '1 hour'`)
    .execute() // index oauth_device_codes_expiry
}
