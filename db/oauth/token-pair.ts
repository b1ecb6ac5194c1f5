import { type Expression, type RawBuilder, sql } from 'kysely'
import { auditColumns, auditJson, auditRows, type NewAuditLog } from '../connection/audit-entry.ts'
import { inBatches } from '../connection/batch.ts'
import type { Db, Trx } from '../connection/connect.ts'
import { prepared, type Slots } from '../connection/prepared.ts'
import { secretDigest, newSecret } from '../../lib/secrets.ts'

export const ACCESS_TOKEN_PREFIX = 'kga_'
export const REFRESH_TOKEN_PREFIX = 'kgr_'

export type TokenType = 'Bearer' | 'DPoP'

/** Plaintext: it is here and nowhere else. */
export interface TokenPair {
  access_token: string
  refresh_token?: string
}

/**
 * What a pair is good for. Without a refresh token when `refresh_days` is null; bound to a key with
 * `dpop_jkt` (RFC 9449 §6).
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

/** What is stored of a pair, and what is noted of it (`auditJson`). */
export interface StoredPair extends NewTokens {
  access_token_hash: string
  refresh_token_hash: string | null
  noted: string
}

export function newTokenPair(refreshDays: number | null): TokenPair {
  return {
    access_token: newSecret(ACCESS_TOKEN_PREFIX),
    ...(refreshDays !== null && { refresh_token: newSecret(REFRESH_TOKEN_PREFIX) })
  }
}

export function hashesOf({
  access_token: access,
  refresh_token: refresh
}: TokenPair): Pick<StoredPair, 'access_token_hash' | 'refresh_token_hash'> {
  return {
    access_token_hash: secretDigest(access),
    refresh_token_hash: refresh === undefined ? null : secretDigest(refresh)
  }
}

/**
 * When the access token of a pair, a row named `t`, ends. After a rotation the former access token
 * lives on for calls under way, ten minutes at most, whatever expires_in says later.
 */
export const ENDS_AT = sql`least(t.issued_at + make_interval(secs => t.expires_in), t.rotated_at + interval '10 minutes')`

/** Stores a pair, and notes it, outside of the statements that spend something for it. */
export async function insertPair(
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
      ...hashesOf(pair),
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
const integers: string[] = ['expires_in', 'refresh_days'] satisfies Array<keyof StoredPair>

/**
 * What is spent for a pair: rows of `table` (`t`) for which `spendable` holds; `own` are what it
 * and `set` need of `asked`, as text.
 */
interface Spending<Own> {
  table: 'oauth_tokens' | 'oauth_authorization_codes' | 'oauth_device_codes'
  own: Array<keyof Own & string>
  spendable: RawBuilder<boolean>
  set: Record<string, RawBuilder<unknown>>
}

/**
 * Spends a row for a pair, while the grant lives and its user is not disabled; false when it is not
 * to be spent, or another caller has spent it. The pair is stored and noted by the same statement,
 * so that two callers never both get one, and none is issued without its row in the audit log. Many
 * are spent at once; only one that another transaction has in hand waits, for itself.
 */
export function pairFor<Own extends object>(
  name: string,
  spending: Spending<Own>
): (db: Db, asked: StoredPair & Own) => Promise<boolean> {
  const columns: string[] = [...tokenColumns, 'refresh_days', 'noted', ...spending.own]
  const atOnce = spend(`${name}_at_once`, columns, spending, false)
  const waiting = spend(name, columns, spending, true)
  return inBatches(
    async (db, asked) => {
      const issued = new Set(
        (await atOnce(db, { asked: JSON.stringify(asked, columns) })).map(
          (row) => row.access_token_hash
        )
      )
      return new Map(
        asked.filter((pair) => issued.has(pair.access_token_hash)).map((pair) => [pair, true])
      )
    },
    async (db, asked) => (await waiting(db, { asked: JSON.stringify([asked], columns) })).length > 0
  )
}

/**
 * The grant, to which the new row will refer, is locked first, as it is when one is deleted, so
 * that neither waits for the other. Who `waits` may find that the row was changed meanwhile, and
 * must not look for it where it was (`ctid`).
 */
function spend<Own>(
  name: string,
  columns: string[],
  { table, spendable, set }: Spending<Own>,
  waits: boolean
) {
  const types = sql.join(
    columns.map(
      (column) => sql`${sql.ref(column)} ${sql.raw(integers.includes(column) ? 'integer' : 'text')}`
    )
  )
  const locks = waits
    ? sql`for key share of g for no key update of t`
    : sql`for key share of g skip locked for no key update of t skip locked`
  const spent = sql<object>`${sql.table(table)}`.as('t')
  return prepared(name, (db, of: Slots<{ asked: string }>) =>
    db
      .with('free', (cte) =>
        cte
          .selectFrom(
            sql<StoredPair>`jsonb_to_recordset(${of.asked}::jsonb)`.as<'asked'>(
              sql`asked (${types})`
            )
          )
          .innerJoinLateral(
            (from) =>
              from
                .selectFrom(['oauth_grants as g', 'users as u', spent])
                .select(sql<string>`t.ctid`.as('at'))
                .whereRef('g.grant_id', '=', 'asked.grant_id')
                .where('g.revoked_at', 'is', null)
                .whereRef('u.user_id', '=', 'asked.user_id')
                .where('u.disabled_at', 'is', null)
                .where(spendable)
                .modifyEnd(locks)
                .as('t'),
            (join) => join.onTrue()
          )
          .selectAll(['asked', 't'])
          .$if(waits, (free) => free.limit(1))
      )
      .with('spent', (cte) =>
        cte
          .updateTable(spent)
          .from('free as asked')
          .set(set)
          .where(waits ? spendable : inPlace)
          .returningAll('asked')
      )
      .with('noted', (cte) =>
        cte
          .insertInto('audit_logs')
          .columns(auditColumns)
          .expression(auditRows(sql.ref('spent.noted'), 'spent'))
      )
      .insertInto('oauth_tokens')
      .columns([...tokenColumns, 'token_type', 'refresh_expires_at'])
      .expression((from) =>
        from
          .selectFrom('spent')
          .select([
            ...tokenColumns,
            tokenType.as('token_type'),
            refreshEnd(sql.ref('refresh_days')).as('refresh_expires_at')
          ])
      )
      .returning('access_token_hash')
  )
}

/**
 * The places are named twice, because PostgreSQL goes straight to a list of them, where it would
 * read a small table as a whole to join them.
 */
const inPlace = sql<boolean>`t.ctid = asked.at and t.ctid = any(array(select at from free))`

const tokenType = sql<TokenType>`case when dpop_jkt is null then 'Bearer' else 'DPoP' end`

function refreshEnd(days: Expression<number | null>): RawBuilder<Date | null> {
  return sql`now() + make_interval(days => ${days})`
}
