import { type Selectable, sql } from 'kysely'
import { auditJson, type NewAuditLog } from '../connection/audit-entry.ts'
import type { Db } from '../connection/connect.ts'
import { lookup } from '../connection/lookup.ts'
import { secretDigest } from '../../lib/secrets.ts'
import type { OauthTokensTable } from '../schema/index.ts'
import {
  ENDS_AT,
  hashesOf,
  insertPair,
  type NewTokens,
  pairFor,
  type TokenPair
} from './token-pair.ts'

export type TokenRow = Selectable<OauthTokensTable>

export type PresentedRefreshToken = Pick<
  TokenRow,
  | 'token_id'
  | 'grant_id'
  | 'client_id'
  | 'user_id'
  | 'resource'
  | 'expires_in'
  | 'successor_sealed'
  | 'successor_hash'
  | 'dpop_jkt'
> & {
  grant_scope: string
  grant_live: boolean
  refresh_expired: boolean
  /** When and why the connection was ended, if it was. */
  ended_at: Date | null
  ended_reason: string | null
  seconds_since_rotation: number | null
  seconds_left: number
}

const findByRefreshToken = lookup('find_refresh_token', ['hash'], (db, of) =>
  db
    .selectFrom('oauth_tokens as t')
    .innerJoin('oauth_grants as g', 'g.grant_id', 't.grant_id')
    .innerJoin('users as u', 'u.user_id', 't.user_id')
    .select([
      't.token_id',
      't.grant_id',
      't.client_id',
      't.user_id',
      't.resource',
      't.expires_in',
      't.successor_sealed',
      't.successor_hash',
      't.dpop_jkt',
      'g.scope as grant_scope',
      'g.revoked_at as ended_at',
      'g.revoked_reason as ended_reason',
      sql<boolean>`g.revoked_at is null and not t.revoked and u.disabled_at is null`.as(
        'grant_live'
      ),
      sql<boolean>`t.refresh_expires_at <= now()`.as('refresh_expired'),
      sql<number | null>`extract(epoch from clock_timestamp() - t.rotated_at)::double precision`.as(
        'seconds_since_rotation'
      ),
      sql<number>`greatest(0, floor(extract(epoch from ${ENDS_AT} - now())))::integer`.as(
        'seconds_left'
      )
    ])
    .where('t.refresh_token_hash', '=', of.hash)
) // unique index

/** undefined when there never was such a token. */
export function findRefreshToken(
  db: Db,
  token: string
): Promise<PresentedRefreshToken | undefined> {
  return findByRefreshToken(db, { hash: secretDigest(token) })
}

const rotate = pairFor<{ token_id: string; successor_sealed: string | null }>(
  'rotate_refresh_token',
  {
    table: 'oauth_tokens',
    own: ['token_id', 'successor_sealed'],
    spendable: sql`t.token_id = asked.token_id and t.rotated_at is null and t.revoked is false and t.refresh_expires_at > now()`,
    set: {
      rotated_at: sql`clock_timestamp()`,
      successor_sealed: sql`asked.successor_sealed`,
      successor_hash: sql`asked.access_token_hash`
    }
  }
)

/**
 * Retires the row and stores the pair that follows it, in one statement: of two callers at the same
 * instant one gets true, after that the other false. `sealed` lets a retry with the old token, and
 * nobody else, read the pair again.
 */
export function rotateRefreshToken(
  db: Db,
  tokenId: string,
  row: NewTokens,
  { pair, sealed, entry }: { pair: TokenPair; sealed: string | null; entry: NewAuditLog }
): Promise<boolean> {
  return rotate(db, {
    ...row,
    ...hashesOf(pair),
    noted: auditJson([entry]),
    token_id: tokenId,
    successor_sealed: sealed
  })
}

/** The pair that a rotation made, by the hash that it left: whether anybody ever used it. */
export function findSuccessor(
  db: Db,
  hash: string
): Promise<{ dpop_jkt: string | null; unused: boolean } | undefined> {
  return db
    .selectFrom('oauth_tokens')
    .where('access_token_hash', '=', hash) // unique index
    .select([
      'dpop_jkt',
      sql<boolean>`rotated_at is null and first_used_at is null
      and not revoked and access_token_revoked_at is null`.as('unused')
    ])
    .executeTakeFirst()
}

/**
 * Gives a pair that was rotated another successor, in place of one that nobody ever used: neither
 * its access token nor its refresh token. False when that is not so, or the grant has ended; of two
 * callers at the same instant one gets true. What it replaces is retired without a successor, so
 * whoever comes with it later ends the grant. `row.successor_hash` says what is replaced.
 */
export function replaceSuccessor(
  db: Db,
  row: NewTokens & Pick<PresentedRefreshToken, 'token_id' | 'successor_hash'>,
  { pair, sealed, entry }: { pair: TokenPair; sealed: string | null; entry: NewAuditLog }
): Promise<boolean> {
  const { token_id: tokenId, successor_hash: replaced } = row
  return db
    .transaction()
    .execute(async (trx) => {
      // In the order of every rotation: the grant first, then its pairs, the older one first.
      const live = await trx
        .selectFrom('oauth_grants as g')
        .innerJoin('users as u', 'u.user_id', 'g.user_id')
        .select('g.grant_id')
        .where('g.grant_id', '=', row.grant_id)
        .where('g.revoked_at', 'is', null)
        .where('u.disabled_at', 'is', null)
        .forKeyShare('g')
        .executeTakeFirst()
      const hashes = hashesOf(pair)
      const reissued =
        live &&
        (await trx
          .updateTable('oauth_tokens as t')
          .set({
            rotated_at: sql`clock_timestamp()`,
            successor_sealed: sealed,
            successor_hash: hashes.access_token_hash,
            // Its access token must not live again because it is now said to be rotated later.
            access_token_revoked_at: sql`case when ${ENDS_AT} <= now() then now()
        else t.access_token_revoked_at end`
          })
          .where('t.token_id', '=', tokenId)
          .where('t.successor_hash', '=', replaced)
          .where('t.revoked', '=', false)
          .where('t.rotated_at', 'is not', null)
          .returning('t.token_id')
          .executeTakeFirst())
      const retired =
        reissued &&
        (await trx
          .updateTable('oauth_tokens')
          .set({ rotated_at: sql`clock_timestamp()`, access_token_revoked_at: sql`now()` })
          .where('access_token_hash', '=', replaced) // unique index
          .where('rotated_at', 'is', null)
          .where('first_used_at', 'is', null)
          .where('revoked', '=', false)
          .where('access_token_revoked_at', 'is', null)
          .returning('token_id')
          .executeTakeFirst())
      if (!retired) throw new SuccessorInUse()
      await insertPair(trx, row, pair, entry)
      return true
    })
    .catch((error: unknown) => {
      if (error instanceof SuccessorInUse) return false
      throw error
    })
}

/** Undoes what a transaction began for a pair whose successor turns out to be used. */
class SuccessorInUse extends Error {}

/** Erases what retries could read, `window` seconds after the rotation. */
export async function eraseSealedSuccessors(db: Db, window: number): Promise<void> {
  await db
    .updateTable('oauth_tokens')
    .set({ successor_sealed: null })
    .where('successor_sealed', 'is not', null)
    .where('rotated_at', '<', sql<Date>`now() - make_interval(secs => ${window})`)
    .execute()
}
