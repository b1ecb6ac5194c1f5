import { type Selectable, sql } from 'kysely'
import { auditJson, type NewAuditLog } from '../connection/audit-entry.ts'
import type { Db, Trx } from '../connection/connect.ts'
import { prepareLookup } from '../connection/lookup.ts'
import { secretDigest } from '../../lib/secrets.ts'
import type { AccessLimits, OauthTokensTable } from '../schema/index.ts'
import { grantLimitColumns, isGrantLive } from './conditions.ts'
import {
  ACCESS_TOKEN_END,
  hashTokenPair,
  insertTokenPair,
  type NewTokens,
  prepareRedemption,
  type TokenPair
} from './token-pair.ts'

export type TokenRow = Selectable<OauthTokensTable>

/**
 * A stored refresh token with what decides whether it counts. `grant_live`: neither revoked nor
 * disabled.
 */
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
> &
  AccessLimits & {
    grant_scope: string
    grant_live: boolean
    refresh_expired: boolean
    /** When and why the grant was revoked, if it was. */
    ended_at: Date | null
    ended_reason: string | null
    seconds_since_rotation: number | null
    seconds_left: number
  }

const findByRefreshToken = prepareLookup('find_refresh_token', ['hash'], (db, slots) =>
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
      ...grantLimitColumns,
      'g.revoked_at as ended_at',
      'g.revoked_reason as ended_reason',
      sql<boolean>`${isGrantLive} and not t.revoked`.as('grant_live'),
      sql<boolean>`t.refresh_expires_at <= now()`.as('refresh_expired'),
      sql<number | null>`extract(epoch from clock_timestamp() - t.rotated_at)::double precision`.as(
        'seconds_since_rotation'
      ),
      sql<number>`greatest(0, floor(extract(epoch from ${ACCESS_TOKEN_END} - now())))::integer`.as(
        'seconds_left'
      )
    ])
    .where('t.refresh_token_hash', '=', slots.hash)
) // unique index

/** The stored refresh token; undefined if it was never issued. */
export function findRefreshToken(
  db: Db,
  token: string
): Promise<PresentedRefreshToken | undefined> {
  return findByRefreshToken(db, { hash: secretDigest(token) })
}

const rotateForPair = prepareRedemption<{ token_id: string; successor_sealed: string | null }>(
  'rotate_refresh_token',
  {
    table: 'oauth_tokens',
    extraColumns: ['token_id', 'successor_sealed'],
    isRedeemable: sql`t.token_id = input.token_id and t.rotated_at is null
      and t.revoked is false and t.refresh_expires_at > now()`,
    set: {
      rotated_at: sql`clock_timestamp()`,
      successor_sealed: sql`input.successor_sealed`,
      successor_hash: sql`input.access_token_hash`
    }
  }
)

/**
 * Retires the pair and stores its successor in one statement: of two concurrent callers one gets
 * true, the other false. Only a retry with the old token can decrypt `sealed` and read the
 * successor again.
 */
export function rotateRefreshToken(
  db: Db,
  tokenId: string,
  row: NewTokens,
  { pair, sealed, entry }: { pair: TokenPair; sealed: string | null; entry: NewAuditLog }
): Promise<boolean> {
  return rotateForPair(db, {
    ...row,
    ...hashTokenPair(pair),
    noted: auditJson([entry]),
    token_id: tokenId,
    successor_sealed: sealed
  })
}

/** The pair that a rotation made, by the hash it left; `unused`: no token of it was ever used. */
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
 * Replaces the successor of a rotated pair, if neither token of that successor was ever used.
 * Returns false otherwise, or if the grant has ended; of two concurrent callers one gets true. The
 * replaced successor gets no successor of its own, so a later use of it ends the grant.
 * `row.successor_hash` names the successor to replace.
 */
export function replaceSuccessor(
  db: Db,
  row: NewTokens & ReplacedPair,
  { pair, sealed, entry }: { pair: TokenPair; sealed: string | null; entry: NewAuditLog }
): Promise<boolean> {
  return db
    .transaction()
    .execute(async (trx) => {
      // The same order of locks as in every rotation: the grant, then its pairs, the older first.
      const isReplaced =
        (await lockLiveGrant(trx, row.grant_id)) &&
        (await relinkPair(trx, row, hashTokenPair(pair).access_token_hash, sealed)) &&
        (await retireUnusedSuccessor(trx, row.successor_hash))
      if (!isReplaced) throw new SuccessorInUseError()
      await insertTokenPair(trx, row, pair, entry)
      return true
    })
    .catch((error: unknown) => {
      if (error instanceof SuccessorInUseError) return false
      throw error
    })
}

type ReplacedPair = Pick<PresentedRefreshToken, 'token_id' | 'successor_hash'>

/** Rolls the transaction back when the successor turns out to be used. */
class SuccessorInUseError extends Error {
  override name = 'SuccessorInUseError'
}

async function lockLiveGrant(trx: Trx, grantId: string): Promise<boolean> {
  const liveGrant = await trx
    .selectFrom('oauth_grants as g')
    .innerJoin('users as u', 'u.user_id', 'g.user_id')
    .select('g.grant_id')
    .where('g.grant_id', '=', grantId)
    .where(isGrantLive)
    .forKeyShare('g')
    .executeTakeFirst()
  return liveGrant !== undefined
}

/** Points the rotated pair at a new successor. */
async function relinkPair(
  trx: Trx,
  { token_id: tokenId, successor_hash: replacedHash }: ReplacedPair,
  successorHash: string,
  sealed: string | null
): Promise<boolean> {
  const relinkedPair = await trx
    .updateTable('oauth_tokens as t')
    .set({
      rotated_at: sql`clock_timestamp()`,
      successor_sealed: sealed,
      successor_hash: successorHash,
      // The later rotation time must not revive an access token that has already ended.
      access_token_revoked_at: sql`case when ${ACCESS_TOKEN_END} <= now() then now()
        else t.access_token_revoked_at end`
    })
    .where('t.token_id', '=', tokenId)
    .where('t.successor_hash', '=', replacedHash)
    .where('t.revoked', '=', false)
    .where('t.rotated_at', 'is not', null)
    .returning('t.token_id')
    .executeTakeFirst()
  return relinkedPair !== undefined
}

async function retireUnusedSuccessor(trx: Trx, replacedHash: string | null): Promise<boolean> {
  const retiredPair = await trx
    .updateTable('oauth_tokens')
    .set({ rotated_at: sql`clock_timestamp()`, access_token_revoked_at: sql`now()` })
    .where('access_token_hash', '=', replacedHash) // unique index
    .where('rotated_at', 'is', null)
    .where('first_used_at', 'is', null)
    .where('revoked', '=', false)
    .where('access_token_revoked_at', 'is', null)
    .returning('token_id')
    .executeTakeFirst()
  return retiredPair !== undefined
}

/** Erases the sealed successors that retries may read, `window` seconds after the rotation. */
export async function eraseSealedSuccessors(db: Db, window: number): Promise<void> {
  await db
    .updateTable('oauth_tokens')
    .set({ successor_sealed: null })
    .where('successor_sealed', 'is not', null)
    .where('rotated_at', '<', sql<Date>`now() - make_interval(secs => ${window})`)
    .execute()
}
