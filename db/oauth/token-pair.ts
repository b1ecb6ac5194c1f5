import { type Expression, type RawBuilder, sql } from 'kysely'
import { auditColumns, auditJson, auditRows, type NewAuditLog } from '../connection/audit-entry.ts'
import { coalesceCalls } from '../connection/batch.ts'
import type { Db, Trx } from '../connection/connect.ts'
import { prepareStatement, type Slots } from '../connection/prepared.ts'
import { secretDigest, newSecret } from '../../lib/secrets.ts'

export const ACCESS_TOKEN_PREFIX = 'kga_'
export const REFRESH_TOKEN_PREFIX = 'kgr_'

export type TokenType = 'Bearer' | 'DPoP'

/** A pair in plaintext; only its hashes are stored. */
export interface TokenPair {
  access_token: string
  refresh_token?: string
}

/**
 * What a pair grants. It has no refresh token if `refresh_days` is null, and is bound to a key if
 * `dpop_jkt` is set (RFC 9449 §6).
 */
export interface NewTokens {
  grant_id: string
  client_id: string
  user_id: string
  scope: string
  resource: string
  expires_in: number
  refresh_days: number | null
  dpop_jkt: string | null
}

/** A pair as it is stored, with its audit entries (`auditJson`) in `noted`. */
export interface StoredPair extends NewTokens {
  access_token_hash: string
  refresh_token_hash: string | null
  noted: string
}

/** Draws a new pair; without a refresh token if `refreshDays` is null. */
export function newTokenPair(refreshDays: number | null): TokenPair {
  return {
    access_token: newSecret(ACCESS_TOKEN_PREFIX),
    ...(refreshDays !== null && { refresh_token: newSecret(REFRESH_TOKEN_PREFIX) })
  }
}

/** The hashes by which a pair is stored and found. */
export function hashTokenPair({
  access_token: access,
  refresh_token: refresh
}: TokenPair): Pick<StoredPair, 'access_token_hash' | 'refresh_token_hash'> {
  return {
    access_token_hash: secretDigest(access),
    refresh_token_hash: refresh === undefined ? null : secretDigest(refresh)
  }
}

/**
 * When the access token of a pair, a row named `t`, ends. After a rotation the old access token
 * stays valid for calls in progress, at most ten minutes and never longer than `expires_in`.
 */
export const ACCESS_TOKEN_END = sql`least(t.issued_at + make_interval(secs => t.expires_in),
  t.rotated_at + interval '10 minutes')`

/** Inserts a pair and its audit entry, where no redemption statement does so. */
export async function insertTokenPair(
  trx: Trx,
  { refresh_days: days, ...row }: NewTokens,
  pair: TokenPair,
  entry: NewAuditLog
): Promise<void> {
  const { grant_id, client_id, user_id, scope, resource, expires_in, dpop_jkt } = row
  await trx
    .insertInto('oauth_tokens')
    .values({
      grant_id,
      client_id,
      user_id,
      scope,
      resource,
      expires_in,
      dpop_jkt,
      ...hashTokenPair(pair),
      token_type: dpop_jkt === null ? 'Bearer' : 'DPoP',
      refresh_expires_at: refreshEnd(sql.val(days))
    })
    .execute()
  await trx
    .insertInto('audit_logs')
    .columns(auditColumns)
    .expression(auditRows(sql`${auditJson([entry])}`))
    .execute()
}

const tokenColumns = [
  'grant_id',
  'client_id',
  'user_id',
  'scope',
  'resource',
  'expires_in',
  'access_token_hash',
  'refresh_token_hash',
  'dpop_jkt'
] as const
const integerColumns: string[] = ['expires_in', 'refresh_days'] satisfies Array<keyof StoredPair>

/**
 * A row that is redeemed for a pair: a row `t` of `table` for which `isRedeemable` holds.
 * `extraColumns` are the text columns of `input` that `isRedeemable` and `set` need beside the
 * pair.
 */
interface RedeemableRow<Own> {
  table: 'oauth_tokens' | 'oauth_authorization_codes' | 'oauth_device_codes'
  extraColumns: Array<keyof Own & string>
  isRedeemable: RawBuilder<boolean>
  set: Record<string, RawBuilder<unknown>>
}

/**
 * Prepares the redemption of a row for a pair. It returns false if the grant is revoked, its user
 * is disabled, the row is not redeemable, or another caller redeemed it. One statement also stores
 * the pair and its audit entry: two callers never both get a pair, and no pair lacks its entry.
 * Concurrent redemptions share a statement; one whose row is locked elsewhere runs alone and waits.
 */
export function prepareRedemption<Own extends object>(
  name: string,
  redeemableRow: RedeemableRow<Own>
): (db: Db, input: StoredPair & Own) => Promise<boolean> {
  const inputColumns: string[] = [
    ...tokenColumns,
    'refresh_days',
    'noted',
    ...redeemableRow.extraColumns
  ]
  const redeemAtOnce = redemptionStatement(`${name}_at_once`, inputColumns, redeemableRow, false)
  const redeemWaiting = redemptionStatement(name, inputColumns, redeemableRow, true)
  return coalesceCalls(
    async (db, inputs) => {
      const issuedHashes = new Set(
        (await redeemAtOnce(db, { inputs: JSON.stringify(inputs, inputColumns) })).map(
          (row) => row.access_token_hash
        )
      )
      return new Map(
        inputs
          .filter((pair) => issuedHashes.has(pair.access_token_hash))
          .map((pair) => [pair, true])
      )
    },
    async (db, input) =>
      (await redeemWaiting(db, { inputs: JSON.stringify([input], inputColumns) })).length > 0
  )
}

/**
 * Locks the grant first, as its deletion does, so that the two never deadlock. A statement that
 * `waits` may find the row changed; it must check the row again and cannot rely on its place
 * (`ctid`).
 */
function redemptionStatement<Own>(
  name: string,
  columns: string[],
  redeemableRow: RedeemableRow<Own>,
  waits: boolean
) {
  const { table, isRedeemable, set } = redeemableRow
  return prepareStatement(name, (db, slots: Slots<{ inputs: string }>) =>
    db
      .with('free', (cte) =>
        cte
          .selectFrom(
            sql<StoredPair>`jsonb_to_recordset(${slots.inputs}::jsonb)`.as<'input'>(
              sql`input (${columnTypes(columns)})`
            )
          )
          .innerJoinLateral(selectLockedRow(db, redeemableRow, waits).as('t'), (join) =>
            join.onTrue()
          )
          .selectAll(['input', 't'])
          .$if(waits, (free) => free.limit(1))
      )
      .with('redeemed', (cte) =>
        cte
          .updateTable(sql<object>`${sql.table(table)}`.as('t'))
          .from('free as input')
          .set(set)
          .where(waits ? isRedeemable : isInPlace)
          .returningAll('input')
      )
      .with('noted', (cte) =>
        cte
          .insertInto('audit_logs')
          .columns(auditColumns)
          .expression(auditRows(sql.ref('redeemed.noted'), 'redeemed'))
      )
      .insertInto('oauth_tokens')
      .columns([...tokenColumns, 'token_type', 'refresh_expires_at'])
      .expression((from) =>
        from
          .selectFrom('redeemed')
          .select([
            ...tokenColumns,
            tokenType.as('token_type'),
            refreshEnd(sql.ref('refresh_days')).as('refresh_expires_at')
          ])
      )
      .returning('access_token_hash')
  )
}

function columnTypes(columns: string[]) {
  return sql.join(
    columns.map(
      (column) =>
        sql`${sql.ref(column)} ${sql.raw(integerColumns.includes(column) ? 'integer' : 'text')}`
    )
  )
}

function selectLockedRow<Own>(db: Db, { table, isRedeemable }: RedeemableRow<Own>, waits: boolean) {
  const lockClauses = waits
    ? sql`for key share of g for no key update of t`
    : sql`for key share of g skip locked for no key update of t skip locked`
  return db
    .selectFrom(['oauth_grants as g', 'users as u', sql<object>`${sql.table(table)}`.as('t')])
    .select(sql<string>`t.ctid`.as('at'))
    .where('g.grant_id', '=', sql.ref<string>('input.grant_id'))
    .where('g.revoked_at', 'is', null)
    .where('u.user_id', '=', sql.ref<string>('input.user_id'))
    .where('u.disabled_at', 'is', null)
    .where(isRedeemable)
    .modifyEnd(lockClauses)
}

/**
 * The places stand twice because PostgreSQL fetches a list of them directly. For a join alone it
 * would read a small table as a whole.
 */
const isInPlace = sql<boolean>`t.ctid = input.at and t.ctid = any(array(select at from free))`

const tokenType = sql<TokenType>`case when dpop_jkt is null then 'Bearer' else 'DPoP' end`

function refreshEnd(days: Expression<number | null>): RawBuilder<Date | null> {
  return sql`now() + make_interval(days => ${days})`
}
